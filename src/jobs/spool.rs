//! Digests of a population on their way from being read to being scored: in memory while they are few, in a temporary file when they are many.

use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

use crate::{
    domain::{
        instants::Instant,
        value_score::{Digest, Goodness, Hundredths},
    },
    services::value_scores::Digested,
};

/// What is kept in memory: half a million customers.
const IN_MEMORY: usize = 32 << 20;

/// Digests, written once and then read as often as needed.
#[derive(Debug)]
pub struct Spool<const N: usize> {
    file: BufWriter<SpooledTempFile>,
    count: u64,
}

impl<const N: usize> Spool<N> {
    /// An empty one.
    pub fn new() -> Self {
        Self { file: BufWriter::new(SpooledTempFile::new(IN_MEMORY)), count: 0 }
    }

    /// Adds one at the end.
    ///
    /// # Errors
    /// The file system's.
    pub fn push(&mut self, entry: &Digested<N>) -> io::Result<()> {
        self.file.write_all(entry.customer_id.uuid().as_bytes())?;
        self.file.write_all(&entry.last_purchase_at.micros().to_le_bytes())?;
        for digest in &entry.digests {
            for number in [digest.goodness.recency, digest.goodness.frequency, digest.goodness.monetary] {
                self.file.write_all(&number.to_le_bytes())?;
            }
            for points in [digest.product_type, digest.product_user] {
                self.file.write_all(&points.get().to_le_bytes())?;
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Hands every entry to `each`, in the order in which they were added.
    ///
    /// # Errors
    /// The file system's, and what `each` answers.
    pub fn for_each<E: From<io::Error>>(&mut self, mut each: impl FnMut(Digested<N>) -> Result<(), E>) -> Result<(), E> {
        self.file.rewind()?;
        let mut reader = BufReader::new(self.file.get_mut());
        for _ in 0..self.count {
            each(read_entry(&mut reader)?)?;
        }
        Ok(())
    }
}

fn read_entry<const N: usize>(reader: &mut impl Read) -> io::Result<Digested<N>> {
    let customer_id = uuid::Uuid::from_bytes(read_bytes(reader)?).into();
    let last_purchase_at = Instant::from_micros(i64::from_le_bytes(read_bytes(reader)?)).map_err(io::Error::other)?;
    let nothing = Digest {
        goodness: Goodness { recency: 0, frequency: 0, monetary: 0 },
        product_type: Hundredths::ZERO,
        product_user: Hundredths::ZERO,
    };
    let mut digests = [nothing; N];
    for digest in &mut digests {
        *digest = read_digest(reader)?;
    }
    Ok(Digested { customer_id, last_purchase_at, digests })
}

fn read_digest(reader: &mut impl Read) -> io::Result<Digest> {
    let mut number = || read_bytes(reader).map(i64::from_le_bytes);
    let goodness = Goodness { recency: number()?, frequency: number()?, monetary: number()? };
    let mut points = || {
        let units = i32::from_le_bytes(read_bytes(reader)?);
        Hundredths::new(units.into()).ok_or_else(|| io::Error::other("points out of range"))
    };
    Ok(Digest { goodness, product_type: points()?, product_user: points()? })
}

fn read_bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_went_in() {
        let points = |units| Hundredths::new(units).unwrap();
        let entry = |n: i64| Digested {
            customer_id: uuid::Uuid::from_u128(7 + u128::try_from(n).unwrap()).into(),
            last_purchase_at: Instant::from_micros(-n * 1_000_003).unwrap(),
            digests: [
                Digest {
                    goodness: Goodness { recency: -n, frequency: n, monetary: i64::MAX - n },
                    product_type: points(n % 10_001),
                    product_user: points(0),
                },
                Digest {
                    goodness: Goodness { recency: i64::MIN, frequency: 0, monetary: n },
                    product_type: points(10_000),
                    product_user: points(1),
                },
            ],
        };
        let mut spool = Spool::new();
        for n in 0..3_000 {
            spool.push(&entry(n)).unwrap();
        }
        for _ in 0..2 {
            let mut n = 0;
            spool
                .for_each(|found| {
                    assert_eq!(found, entry(n));
                    n += 1;
                    Ok::<_, io::Error>(())
                })
                .unwrap();
            assert_eq!(n, 3_000);
        }
    }
}
