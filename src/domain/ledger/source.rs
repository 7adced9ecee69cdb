//! The bytes of a ledger: unpacked where they are gzip, counted as they come, refused where they are no UTF-8 text.

use std::{
    io::{self, BufRead, BufReader, Chain, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use super::{encodings, faults::LedgerFileError};

/// Bytes read at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// A stream whose first bytes were looked at and put back.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The text of a file, byte order mark taken off.
#[derive(Debug)]
pub(super) struct Source<R: Read> {
    stream: BufReader<Peeked<Unpacked<R>>>,
    count: Arc<AtomicU64>,
    gzip: bool,
    unpacked: u64,
    limit: u64,
}

#[derive(Debug)]
enum Unpacked<R: Read> {
    Plain(Peeked<Counted<R>>),
    /// Several gzip members count as one stream.
    Gzip(Box<MultiGzDecoder<Peeked<Counted<R>>>>),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Gzip(stream) => stream.read(buffer),
        }
    }
}

#[derive(Debug)]
struct Counted<R> {
    stream: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.count.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Read> Source<R> {
    /// Opens a stream of which at most `limit` bytes are read once it is unpacked: a few kilobytes of gzip may hold gigabytes.
    pub(super) fn open(stream: R, limit: u64) -> Result<Self, LedgerFileError> {
        let count = Arc::new(AtomicU64::new(0));
        let (magic, stream) = peek(Counted { stream, count: Arc::clone(&count) }, 2).map_err(LedgerFileError::Io)?;
        let gzip = magic == [0x1f, 0x8b];
        let unpacked = if gzip { Unpacked::Gzip(Box::new(MultiGzDecoder::new(stream))) } else { Unpacked::Plain(stream) };
        let (mut start, unpacked) = peek(unpacked, 4).map_err(|error| fault(error, gzip))?;
        if let Some(guess) = encodings::foreign_start(&start) {
            return Err(LedgerFileError::Encoding { line: 1, guess });
        }
        let (_, rest) = unpacked.into_inner();
        if start.starts_with(encodings::UTF8_MARK) {
            start.drain(..encodings::UTF8_MARK.len());
        }
        let stream = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(start).chain(rest));
        Ok(Self { stream, count, gzip, unpacked: 0, limit })
    }

    /// The bytes at hand, none at the end.
    pub(super) fn fill(&mut self) -> Result<&[u8], LedgerFileError> {
        if self.unpacked > self.limit {
            return Err(LedgerFileError::TooLong { limit: self.limit });
        }
        // The buffer is asked twice because a borrow that is returned can not be dropped in a loop.
        loop {
            match self.stream.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(fault(error, self.gzip)),
            }
        }
        Ok(self.stream.buffer())
    }

    /// Marks the first `bytes` of what [`Self::fill`] gave as read.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.unpacked = self.unpacked.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.stream.consume(bytes);
    }

    /// Counts the bytes read of the stream as it was given, packed or not.
    pub(super) fn count(&self) -> &Arc<AtomicU64> {
        &self.count
    }
}

/// Reads the first `length` bytes (fewer at the end) and puts them back.
fn peek<R: Read>(mut stream: R, length: u64) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut start = Vec::new();
    stream.by_ref().take(length).read_to_end(&mut start)?;
    let stream = Cursor::new(start.clone()).chain(stream);
    Ok((start, stream))
}

fn fault(error: io::Error, gzip: bool) -> LedgerFileError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if gzip => LedgerFileError::TruncatedGzip,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if gzip => LedgerFileError::CorruptGzip,
        _ => LedgerFileError::Io(error),
    }
}
