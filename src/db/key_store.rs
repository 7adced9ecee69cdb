//! Where the keys that sign access tokens live: in the database's company, so that every instance on it has the same.
//!
//! Beside a file they are a file of their own (mode 0600), so that a copied database gives nobody the keys; on a server they are a table.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use diesel::prelude::*;

use super::{DatabaseUrl, DbConnection, DbError, DbResult, schema::signing_keys, try_lock};
use crate::domain::instants::Instant;

/// The place of the signing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStore {
    /// A file beside the database.
    File(PathBuf),
    /// The table `signing_keys`.
    Table,
}

impl KeyStore {
    /// The key store that belongs to a database.
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".key");
                Self::File(name.into())
            }
            DatabaseUrl::Postgres(_) => Self::Table,
        }
    }

    /// The stored private key, or the one that `make` makes, stored first. Call within a write transaction.
    ///
    /// # Errors
    /// The database's, or the file system's.
    pub fn load_or_make(&self, conn: &mut DbConnection, now: Instant, make: impl FnOnce() -> (String, String)) -> DbResult<String> {
        match self {
            Self::File(path) => {
                load_or_make_file(path, make).map_err(|error| DbError::Other(format!("signing key {}: {error}", path.display()).into()))
            }
            Self::Table => {
                // Several instances may start at once: the first to hold the lock makes the key, the others read it.
                while !try_lock(conn, "patron signing keys")? {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                let newest = signing_keys::table.select(signing_keys::private_key).order(signing_keys::created_at.desc());
                if let Some(key) = crate::on!(&mut *conn, c => newest.first::<String>(c).optional())? {
                    return Ok(key);
                }
                let (id, private_key) = make();
                let row = (signing_keys::id.eq(id), signing_keys::private_key.eq(&private_key), signing_keys::created_at.eq(now));
                crate::on!(conn, c => diesel::insert_into(signing_keys::table).values(row).execute(c))?;
                Ok(private_key)
            }
        }
    }
}

fn load_or_make_file(path: &Path, make: impl FnOnce() -> (String, String)) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(key) => return Ok(key.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let (_, key) = make();
    // Written whole under another name first: a second program that starts now never reads half a key.
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(path).map(|key| key.trim().to_owned()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db.key");
        let first = load_or_make_file(&path, || ("a".into(), "first".into())).unwrap();
        let second = load_or_make_file(&path, || ("b".into(), "second".into())).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("first", "first"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    }
}
