//! Files that are no tables, named as what they are: programs call many things a table, above all `.xls`.

use crate::values::Label;

/// Bytes of a container that are looked at.
pub(super) const LOOKED_AT: u64 = 64 * 1024;
/// Bytes of a text that are looked at.
const TEXT: usize = 4 * 1024;

const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What a file is that is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFormat {
    /// A page of the web, which many programs send as `.xls`.
    Html,
    /// A page of the web with its pictures in one file.
    WebArchive,
    /// A workbook of Excel 97 to 2003, or older.
    OldWorkbook,
    /// A workbook behind a password.
    LockedWorkbook,
    /// A document of Word or PowerPoint.
    OfficeDocument,
    /// A binary workbook of Excel, `.xlsb`.
    BinaryWorkbook,
    /// A workbook of Excel 2003 as XML.
    XmlWorkbook,
    /// A document of LibreOffice or OpenOffice.
    OpenDocument,
    /// A table of Apple's Numbers.
    Numbers,
    /// Any other XML.
    Xml,
    /// A text with formats, `.rtf`.
    Rtf,
    /// A PDF.
    Pdf,
    /// A JSON list, or a JSON object over several lines.
    Json,
    /// A ZIP archive.
    Zip,
    /// An archive of another kind.
    Archive,
    /// A picture.
    Picture,
    /// A file of a database or of an analysis.
    Data,
}

impl ForeignFormat {
    /// What it is and what to do, in both languages.
    pub fn label(self) -> Label {
        let (en, zh) = self.names();
        let (todo_en, todo_zh) = match self {
            Self::Json => ("Send one object a line (NDJSON)", "请每行发送一个对象（NDJSON）"),
            Self::Zip | Self::Archive => ("Unpack it and send the file inside", "请解压后发送其中的文件"),
            Self::LockedWorkbook => ("Take the password away", "请先取消密码"),
            Self::Html | Self::WebArchive | Self::XmlWorkbook | Self::OldWorkbook => {
                ("Open it in a spreadsheet and save it as XLSX or CSV", "请用表格软件打开后另存为 XLSX 或 CSV")
            }
            _ => ("Send a table as XLSX, CSV or NDJSON", "请发送 XLSX、CSV 或 NDJSON 格式的表格"),
        };
        Label::new(
            format!("This is {en}, not a table that can be read. {todo_en}."),
            format!("这是 {zh}，不是可读取的表格。{todo_zh}。"),
        )
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Html => ("an HTML page", "HTML 网页"),
            Self::WebArchive => ("a web archive (MHTML)", "网页存档（MHTML）"),
            Self::OldWorkbook => ("an old Excel workbook (.xls)", "旧版 Excel 工作簿（.xls）"),
            Self::LockedWorkbook => ("a workbook with a password", "加密的工作簿"),
            Self::OfficeDocument => ("a Word or PowerPoint document", "Word 或 PowerPoint 文档"),
            Self::BinaryWorkbook => ("a binary Excel workbook (.xlsb)", "Excel 二进制工作簿（.xlsb）"),
            Self::XmlWorkbook => ("an Excel 2003 XML workbook", "Excel 2003 XML 工作簿"),
            Self::OpenDocument => ("an OpenDocument file (.ods)", "OpenDocument 文件（.ods）"),
            Self::Numbers => ("an Apple Numbers document", "Apple Numbers 文档"),
            Self::Xml => ("an XML document", "XML 文档"),
            Self::Rtf => ("an RTF document", "RTF 文档"),
            Self::Pdf => ("a PDF document", "PDF 文档"),
            Self::Json => ("a JSON document", "JSON 文档"),
            Self::Zip => ("a ZIP archive", "ZIP 压缩包"),
            Self::Archive => ("an archive", "压缩包"),
            Self::Picture => ("a picture", "图片"),
            Self::Data => ("a data file of another program", "其他程序的数据文件"),
        }
    }
}

/// What the first eight bytes of a file show that is neither a text nor a container.
pub(super) fn of_bytes(head: &[u8]) -> Option<ForeignFormat> {
    const SHOWN: [(&[u8], ForeignFormat); 18] = [
        (b"%PDF-", ForeignFormat::Pdf),
        (b"{\\rtf", ForeignFormat::Rtf),
        // Workbooks of Excel 2 to 5 without a container.
        (b"\x09\x00\x04\x00", ForeignFormat::OldWorkbook),
        (b"\x09\x02\x06\x00", ForeignFormat::OldWorkbook),
        (b"\x09\x04\x06\x00", ForeignFormat::OldWorkbook),
        (b"\x09\x08\x08\x00", ForeignFormat::OldWorkbook),
        (b"\x09\x08\x10\x00", ForeignFormat::OldWorkbook),
        (b"\x89PNG", ForeignFormat::Picture),
        (b"\xff\xd8\xff", ForeignFormat::Picture),
        (b"GIF8", ForeignFormat::Picture),
        (b"Rar!\x1a", ForeignFormat::Archive),
        (b"7z\xbc\xaf\x27\x1c", ForeignFormat::Archive),
        (b"\xfd7zXZ\x00", ForeignFormat::Archive),
        (b"\x28\xb5\x2f\xfd", ForeignFormat::Archive),
        (b"BZh91AY&", ForeignFormat::Archive),
        (b"PK\x05\x06", ForeignFormat::Zip),
        (b"PAR1", ForeignFormat::Data),
        (b"SQLite f", ForeignFormat::Data),
    ];
    SHOWN.into_iter().find(|(start, _)| head.starts_with(start)).map(|(_, format)| format)
}

/// Whether a file is a container, which may hold a workbook.
pub(super) fn is_container(head: &[u8]) -> bool {
    head.starts_with(ZIP) || head.starts_with(COMPOUND)
}

/// What a container holds, by its beginning; none where it may be a workbook.
pub(super) fn of_container(head: &[u8]) -> Option<ForeignFormat> {
    let has = |part: &[u8]| head.windows(part.len()).any(|bytes| bytes == part);
    if head.starts_with(COMPOUND) {
        let has_stream = |name: &str| has(&name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
        return Some(match () {
            () if has_stream("EncryptedPackage") => ForeignFormat::LockedWorkbook,
            () if has_stream("WordDocument") || has_stream("PowerPoint") => ForeignFormat::OfficeDocument,
            () => ForeignFormat::OldWorkbook,
        });
    }
    // The name of the first part, behind thirty bytes of which two are its length.
    let length = head.get(26..28).map_or(0, |bytes| usize::from(bytes[0]) + 256 * usize::from(bytes[1]));
    let first = head.get(30..30 + length).filter(|name| !name.is_empty())?;
    let of_office = [&b"[Content_Types].xml"[..], b"_rels/", b"docProps/", b"xl/", b"customXml/"];
    if first == b"mimetype" && has(b"application/vnd.oasis.opendocument") {
        Some(ForeignFormat::OpenDocument)
    } else if has(b"xl/workbook.bin") {
        Some(ForeignFormat::BinaryWorkbook)
    } else if has(b"xl/") {
        None
    } else if has(b"word/document.xml") || has(b"ppt/presentation.xml") {
        Some(ForeignFormat::OfficeDocument)
    } else if has(b"Index/Document.iwa") || has(b"index.apxl") {
        Some(ForeignFormat::Numbers)
    } else if of_office.iter().any(|name| first.starts_with(name)) {
        None
    } else {
        Some(ForeignFormat::Zip)
    }
}

/// What a text is that is no table, by its beginning.
pub(super) fn of_text(head: &[u8]) -> Option<ForeignFormat> {
    let head = head.trim_ascii_start();
    let text = head[..head.len().min(TEXT)].to_ascii_lowercase();
    let has = |part: &str| text.windows(part.len()).any(|bytes| bytes == part.as_bytes());
    match text.first()? {
        b'<' => of_markup(&text, has),
        b'[' => {
            let second = text[1..].trim_ascii_start().first();
            matches!(second, Some(b'{' | b'[' | b']')).then_some(ForeignFormat::Json)
        }
        // A line that goes on in the next.
        b'{' => {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
            let goes_on =
                line.len() < text.len() && line.ends_with(b"{") || line.ends_with(b"[") || line.ends_with(b",");
            goes_on.then_some(ForeignFormat::Json)
        }
        b'm' if text.starts_with(b"mime-version:") => Some(ForeignFormat::WebArchive),
        b'f' if text.starts_with(b"from:") && has("mime-version:") => Some(ForeignFormat::WebArchive),
        _ => None,
    }
}

fn of_markup(text: &[u8], has: impl Fn(&str) -> bool) -> Option<ForeignFormat> {
    const PAGE: [&[u8]; 12] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<meta",
        b"<title",
        b"<style",
        b"<script",
        b"<table",
        b"<div",
        b"<center",
        b"<p>",
    ];
    // A header may begin with a bracket as well: <DATE>;<OPEN>.
    let is_xml = text.starts_with(b"<?xml") || has("xmlns");
    let is_page = PAGE.iter().any(|tag| text.starts_with(tag));
    if is_xml && has("urn:schemas-microsoft-com:office:spreadsheet") {
        Some(ForeignFormat::XmlWorkbook)
    } else if is_xml && has("urn:oasis:names:tc:opendocument") {
        Some(ForeignFormat::OpenDocument)
    } else if is_page || has("<html") || ((is_xml || text.starts_with(b"<!--")) && has("<table")) {
        Some(ForeignFormat::Html)
    } else {
        is_xml.then_some(ForeignFormat::Xml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_named_as_what_they_are() {
        for (text, expected) in [
            ("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", Some(ForeignFormat::Html)),
            ("\r\n <!DOCTYPE HTML PUBLIC>", Some(ForeignFormat::Html)),
            ("<table border=1><tr><td>external_id", Some(ForeignFormat::Html)),
            ("<?xml version=\"1.0\"?><!DOCTYPE html><html>", Some(ForeignFormat::Html)),
            ("<meta charset=utf-8><table>", Some(ForeignFormat::Html)),
            (
                "<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                Some(ForeignFormat::XmlWorkbook),
            ),
            (
                "<?xml version=\"1.0\"?><office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\">",
                Some(ForeignFormat::OpenDocument),
            ),
            ("<?xml version=\"1.0\"?><customers/>", Some(ForeignFormat::Xml)),
            ("MIME-Version: 1.0\nX-Document-Type: Workbook", Some(ForeignFormat::WebArchive)),
            ("[{\"external_id\": 1}]", Some(ForeignFormat::Json)),
            ("[\n  {", Some(ForeignFormat::Json)),
            ("{\n  \"customers\": [", Some(ForeignFormat::Json)),
            ("{\"external_id\": 1}\n{", None),
            ("{\"external_id\": 1, \"name\": \"a", None),
            ("[Id];[Name]\n1;a", None),
            ("<DATE>;<OPEN>\n1;2", None),
            ("external_id,name\n1,<html>", None),
            ("", None),
        ] {
            assert_eq!(of_text(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn containers_are_named_by_what_they_hold() {
        let zip = |names: &[&str]| {
            let part = |name: &&str| {
                let length = u16::try_from(name.len()).unwrap().to_le_bytes();
                [ZIP, &[0; 22], &length, &[0; 2], name.as_bytes()].concat()
            };
            of_container(&names.iter().flat_map(part).collect::<Vec<_>>())
        };
        assert_eq!(zip(&["[Content_Types].xml", "xl/workbook.xml"]), None);
        assert_eq!(zip(&["[Content_Types].xml"]), None);
        assert_eq!(zip(&["[Content_Types].xml", "xl/workbook.bin"]), Some(ForeignFormat::BinaryWorkbook));
        assert_eq!(zip(&["[Content_Types].xml", "word/document.xml"]), Some(ForeignFormat::OfficeDocument));
        assert_eq!(zip(&["Index/Document.iwa"]), Some(ForeignFormat::Numbers));
        assert_eq!(zip(&["customers.csv"]), Some(ForeignFormat::Zip));
        assert_eq!(
            zip(&["mimetype", "application/vnd.oasis.opendocument.spreadsheet"]),
            Some(ForeignFormat::OpenDocument)
        );
        assert_eq!(of_container(b"PK\x03\x04rest"), None);
        let compound = |name: &str| {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            of_container(&[COMPOUND, &[0; 512], &name].concat())
        };
        assert_eq!(compound("Workbook"), Some(ForeignFormat::OldWorkbook));
        assert_eq!(compound(""), Some(ForeignFormat::OldWorkbook));
        assert_eq!(compound("EncryptedPackage"), Some(ForeignFormat::LockedWorkbook));
        assert_eq!(compound("WordDocument"), Some(ForeignFormat::OfficeDocument));
        assert_eq!(of_bytes(b"%PDF-1.7"), Some(ForeignFormat::Pdf));
        assert_eq!(of_bytes(b"{\\rtf1\\a"), Some(ForeignFormat::Rtf));
        assert_eq!(of_bytes(b"\x09\x08\x10\x00\x00\x06\x05\x00"), Some(ForeignFormat::OldWorkbook));
        assert_eq!(of_bytes(b"\texternal"), None);
    }

    #[test]
    fn what_it_is_stands_in_the_text() {
        let label = ForeignFormat::Html.label();
        assert!(label.en.starts_with("This is an HTML page, not a table"), "{}", label.en);
        assert!(label.zh.starts_with("这是 HTML 网页"), "{}", label.zh);
    }
}
