//! Where customers are, what they do, what they are called, and who sells to them.

/// A sales territory.
pub(super) struct Territory {
    pub(super) name: &'static str,
    pub(super) sellers: [&'static str; 2],
    pub(super) countries: &'static [Country],
}

/// A country of a territory.
pub(super) struct Country {
    pub(super) name: &'static str,
    /// How companies there end their names.
    pub(super) legal_form: &'static str,
    pub(super) cities: &'static [&'static str],
}

/// An industry that buys.
pub(super) struct Industry {
    pub(super) name: &'static str,
    pub(super) word: &'static str,
    pub(super) word_zh: &'static str,
    pub(super) segment: &'static str,
    /// The categories it buys most, by index.
    pub(super) buys: [usize; 3],
}

/// The territory whose customers have Chinese names.
pub(super) const CHINA: usize = 5;

/// The six territories, two salespeople each.
pub(super) const TERRITORIES: [Territory; 6] = [
    Territory {
        name: "DACH",
        sellers: ["Katrin Vogel", "Lukas Brandner"],
        countries: &[
            country("Germany", "GmbH", &["Hamburg", "Stuttgart", "Nuremberg", "Dortmund", "Chemnitz"]),
            country("Austria", "GmbH", &["Linz", "Graz"]),
            country("Switzerland", "AG", &["Winterthur", "Zug"]),
        ],
    },
    Territory {
        name: "Nordics",
        sellers: ["Astrid Holm", "Mikko Laine"],
        countries: &[
            country("Sweden", "AB", &["Västerås", "Gothenburg", "Linköping"]),
            country("Denmark", "A/S", &["Odense", "Aarhus"]),
            country("Finland", "Oy", &["Tampere", "Turku"]),
        ],
    },
    Territory {
        name: "Western Europe",
        sellers: ["Claire Dumont", "Pieter de Wit"],
        countries: &[
            country("France", "SAS", &["Lyon", "Lille", "Nantes"]),
            country("Netherlands", "B.V.", &["Eindhoven", "Rotterdam"]),
            country("Belgium", "NV", &["Ghent", "Liège"]),
        ],
    },
    Territory {
        name: "Southern Europe",
        sellers: ["Giulia Ferraro", "Javier Ortega"],
        countries: &[
            country("Italy", "S.r.l.", &["Bologna", "Brescia", "Turin", "Modena"]),
            country("Spain", "S.L.", &["Zaragoza", "Bilbao"]),
            country("Portugal", "Lda", &["Porto", "Aveiro"]),
        ],
    },
    Territory {
        name: "Eastern Europe",
        sellers: ["Tomasz Zielski", "Eva Horáková"],
        countries: &[
            country("Poland", "Sp. z o.o.", &["Wrocław", "Katowice", "Poznań"]),
            country("Czechia", "s.r.o.", &["Brno", "Plzeň"]),
            country("Hungary", "Kft.", &["Győr", "Debrecen"]),
        ],
    },
    Territory {
        name: "China",
        sellers: ["陈思远", "林晓雯"],
        countries: &[country("China", "有限公司", &["苏州", "宁波", "无锡", "青岛", "东莞", "常州", "合肥"])],
    },
];

const fn country(name: &'static str, legal_form: &'static str, cities: &'static [&'static str]) -> Country {
    Country { name, legal_form, cities }
}

const fn industry(
    name: &'static str,
    word: &'static str,
    word_zh: &'static str,
    segment: &'static str,
    buys: [usize; 3],
) -> Industry {
    Industry { name, word, word_zh, segment, buys }
}

/// The industries.
pub(super) const INDUSTRIES: [Industry; 10] = [
    industry("Packaging Machinery", "Packaging", "包装机械", "OEM", [1, 2, 4]),
    industry("Food Processing", "Foodtec", "食品机械", "MRO", [2, 0, 5]),
    industry("Automotive Suppliers", "Automotive", "汽车零部件", "OEM", [4, 2, 0]),
    industry("Machine Tools", "Machine Tools", "机床", "OEM", [1, 3, 0]),
    industry("Water and Waste", "Water Systems", "水处理设备", "Project", [3, 4, 0]),
    industry("Mining and Cement", "Minerals", "矿山设备", "MRO", [0, 3, 5]),
    industry("Intralogistics", "Conveyors", "输送设备", "OEM", [1, 5, 4]),
    industry("Chemical Processing", "Process Technology", "化工装备", "Project", [3, 2, 4]),
    industry("Paper and Pulp", "Paper Works", "造纸机械", "MRO", [0, 5, 1]),
    industry("Industrial Distribution", "Industrial Supply", "工业品", "Distributor", [0, 5, 2]),
];

/// First words of company names.
pub(super) const STEMS: [&str; 36] = [
    "Alderbrook",
    "Ambrane",
    "Ardenval",
    "Belmora",
    "Brightwater",
    "Calderon",
    "Corvane",
    "Dunmere",
    "Eastfold",
    "Elmstad",
    "Fairhaven",
    "Falkner",
    "Ferrovia",
    "Glenmark",
    "Granvik",
    "Halberg",
    "Hartwell",
    "Isarion",
    "Kestrel",
    "Kronfeld",
    "Lindqvale",
    "Marlowe",
    "Meridia",
    "Norrgate",
    "Oakhurst",
    "Orvalis",
    "Pellworth",
    "Quarrion",
    "Ravensby",
    "Rothmere",
    "Silvano",
    "Stonebridge",
    "Tarnwick",
    "Valdora",
    "Westerholt",
    "Zephyria",
];

/// Second words of Chinese company names.
pub(super) const BRANDS: [&str; 16] = [
    "启衡", "铭拓", "瑞岑", "昊屹", "诚岳", "远帆", "博砺", "景澜", "正岩", "晟禾", "立翔", "科驰", "嘉屿", "凌越",
    "天枢", "和煦",
];
