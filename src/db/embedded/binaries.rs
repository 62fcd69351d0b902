//! Finding the Postgres server programs of this machine.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::EmbeddedError;

/// The oldest major version whose features the schema uses.
const OLDEST: u32 = 15;

/// Parents of one folder a version, each with its programs in `bin`, and the prefix of those folders' names.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// Programs that were found and can be used.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    dir: PathBuf,
    /// Their major version.
    pub version: u32,
}

impl Binaries {
    /// The first usable programs: those of `chosen` (or `FENJI_PG_BIN`) and no others when it is given, else PATH, then
    /// the places of Debian, Red Hat and Homebrew, newest first.
    pub async fn find(chosen: Option<&Path>) -> Result<Self, EmbeddedError> {
        let chosen = chosen.map(Path::to_owned).or_else(|| env::var_os("FENJI_PG_BIN").map(PathBuf::from));
        let places = match chosen {
            Some(dir) => vec![dir],
            None => places(&env::var_os("PATH").unwrap_or_default(), &VERSIONED),
        };
        let mut too_old = Vec::new();
        for place in &places {
            let Some((dir, version)) = probe(place).await else { continue };
            if version >= OLDEST {
                return Ok(Self { dir, version });
            }
            too_old.push(format!("{version} in {}", dir.display()));
        }
        Err(if too_old.is_empty() {
            EmbeddedError::NotFound { looked_in: listed(&places) }
        } else {
            EmbeddedError::TooOld { required: OLDEST, found: too_old.join(", ") }
        })
    }

    /// The path of one program, such as `initdb`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// The real folder and version of the programs in `place`, if both that we need are there and run. Links are followed,
/// since packages put links to a few of the programs in PATH.
async fn probe(place: &Path) -> Option<(PathBuf, u32)> {
    let real = fs::canonicalize(place.join("postgres")).ok()?;
    let dir = [real.parent()?, place].into_iter().find(|dir| dir.join("initdb").exists())?.to_owned();
    if let Some(version) = told_by_place(&dir) {
        return Some((dir, version));
    }
    let answer = Command::new(dir.join("postgres")).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    Some((dir, major_version(&String::from_utf8_lossy(&answer.stdout))?))
}

/// The version that a folder of packages tells by its name, without running a program to ask.
fn told_by_place(dir: &Path) -> Option<u32> {
    VERSIONED.iter().find_map(|(parent, prefix)| {
        let name = dir.strip_prefix(parent).ok()?.to_str()?;
        name.strip_prefix(prefix)?.strip_suffix("/bin")?.parse().ok()
    })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` and `postgres (PostgreSQL) 18beta1` to 15 and 18.
fn major_version(text: &str) -> Option<u32> {
    let after = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Every folder to look in, in order, each once.
fn places(path: &OsStr, versioned: &[(&str, &str)]) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    let by_version = versioned.iter().flat_map(|(parent, prefix)| newest_first(Path::new(parent), prefix));
    for place in env::split_paths(path).filter(|dir| dir.is_absolute()).chain(by_version) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn listed(places: &[PathBuf]) -> String {
    let mut names: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    if places.len() > 1 {
        names.extend(VERSIONED.iter().map(|(parent, prefix)| format!("{parent}/{prefix}*/bin")));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major_version("some wrapper: command not found"), None);
    }

    #[test]
    fn packages_tell_their_version_by_their_folder() {
        assert_eq!(told_by_place(Path::new("/usr/lib/postgresql/15/bin")), Some(15));
        assert_eq!(told_by_place(Path::new("/usr/pgsql-16/bin")), Some(16));
        assert_eq!(told_by_place(Path::new("/opt/homebrew/opt/postgresql@17/bin")), Some(17));
        for elsewhere in ["/usr/lib/postgresql/bin", "/usr/bin", "/usr/lib/postgresql/15/more/bin", "/opt/15/bin"] {
            assert_eq!(told_by_place(Path::new(elsewhere)), None, "{elsewhere}");
        }
    }

    #[test]
    fn path_comes_first_then_the_newest_version() {
        let parent = env::temp_dir().join(format!("fenji-places-{}", std::process::id()));
        for version in ["9", "15", "17", "notes"] {
            fs::create_dir_all(parent.join(version)).unwrap();
        }
        let found = places(OsStr::new("/one:relative:/two:/one"), &[(parent.to_str().unwrap(), "")]);
        fs::remove_dir_all(&parent).unwrap();
        let versions = ["17/bin", "15/bin", "9/bin"].map(|version| parent.join(version));
        assert_eq!(found[..2], [PathBuf::from("/one"), PathBuf::from("/two")]);
        assert_eq!(found[2..], versions);
    }

    #[tokio::test]
    async fn a_wrong_folder_is_named() {
        let error = Binaries::find(Some(Path::new("/no/such/folder"))).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("/no/such/folder") && message.contains("apt-get install postgresql"), "{message}");
    }
}
