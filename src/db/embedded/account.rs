//! Whom Postgres runs as: it refuses root, so root lends it an unprivileged user.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::EmbeddedError;

/// The user and group that the server programs run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// Its name, for messages.
    pub name: String,
    /// `None`: as whoever runs this program.
    ids: Option<(u32, u32)>,
}

impl Account {
    /// Ourselves, unless we are root. As root: the owner of the cluster when there is one already (made by an earlier
    /// ordinary run, say), else `postgres`, else `nobody`.
    pub fn choose(cluster: &Path) -> Result<Self, EmbeddedError> {
        if !Uid::effective().is_root() {
            return Ok(Self { name: "this user".to_owned(), ids: None });
        }
        if let Some(owner) = fs::metadata(cluster).ok().filter(|owner| owner.uid() != 0) {
            return Ok(Self { name: format!("with id {}", owner.uid()), ids: Some((owner.uid(), owner.gid())) });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { name: user.name, ids: Some((user.uid.as_raw(), user.gid.as_raw())) })
            .ok_or(EmbeddedError::NoUnprivilegedUser)
    }

    /// Whether the server runs as somebody else than this program.
    pub fn is_lent(&self) -> bool {
        self.ids.is_some()
    }

    /// Gives a file or folder to the account.
    pub fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self.ids {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)).map_err(EmbeddedError::file("give away", path)),
            None => Ok(()),
        }
    }

    /// Makes a command run as the account, with no groups but its own.
    pub fn lend(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.ids {
            command.uid(uid).gid(gid);
        }
    }

    /// Whether the account may enter every folder from the root down to `folder`, by owner, group and mode.
    pub fn can_enter(&self, folder: &Path) -> bool {
        let Some((uid, gid)) = self.ids else { return true };
        folder.ancestors().all(|dir| fs::metadata(dir).is_ok_and(|dir| may_enter(&dir, Uid::from(uid), Gid::from(gid))))
    }
}

fn may_enter(dir: &fs::Metadata, uid: Uid, gid: Gid) -> bool {
    let bit = if dir.uid() == uid.as_raw() {
        0o100
    } else if dir.gid() == gid.as_raw() {
        0o010
    } else {
        0o001
    };
    dir.mode() & bit != 0
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn entering_follows_the_mode() {
        let dir = std::env::temp_dir().join(format!("fenji-enter-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let mine = fs::metadata(&dir).unwrap();
        let (owner, stranger) = ((mine.uid().into(), mine.gid().into()), (Uid::from(54_321), Gid::from(54_321)));
        let entered = [0o700, 0o010, 0o711].map(|mode| {
            fs::set_permissions(&dir, fs::Permissions::from_mode(mode)).unwrap();
            let dir = fs::metadata(&dir).unwrap();
            (may_enter(&dir, owner.0, owner.1), may_enter(&dir, stranger.0, stranger.1))
        });
        fs::remove_dir(&dir).unwrap();
        assert_eq!(entered, [(true, false), (false, false), (true, true)]);
    }

    #[test]
    fn an_ordinary_user_enters_as_itself() {
        let own = Account { name: "this user".to_owned(), ids: None };
        assert!(own.can_enter(Path::new("/no/such/folder")) && !own.is_lent());
    }
}
