//! Sorted runs in one temporary file, and their merge.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

use super::{
    row::LedgerRow,
    row_codec::{damaged, decode, encode},
};

/// Memory for reading all runs together.
const MERGE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a run read at a time: at least, at most.
const WINDOW_BYTES: (usize, usize) = (4 * 1024, 64 * 1024);

/// Bytes gathered before they are written.
const WRITE_BYTES: usize = 256 * 1024;

/// Runs written so far: one file, so that the number of runs is not bound by the number of files a process may open.
#[derive(Debug)]
pub(super) struct RunFile {
    file: File,
    ends: Vec<u64>,
}

impl RunFile {
    pub(super) const fn new(file: File) -> Self {
        Self { file, ends: Vec::new() }
    }

    /// Appends rows, sorted already, as a run.
    pub(super) fn write(&mut self, rows: &[LedgerRow]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(WRITE_BYTES + 4096);
        let mut end = self.ends.last().copied().unwrap_or(0);
        let mut flush = |bytes: &mut Vec<u8>| {
            self.file.write_all(bytes)?;
            end += u64::try_from(bytes.len()).unwrap_or(0);
            bytes.clear();
            io::Result::Ok(())
        };
        for row in rows {
            encode(row, &mut bytes);
            if bytes.len() >= WRITE_BYTES {
                flush(&mut bytes)?;
            }
        }
        flush(&mut bytes)?;
        self.ends.push(end);
        Ok(())
    }

    /// All rows of all runs in order.
    pub(super) fn merge(self) -> io::Result<Merge> {
        let (least, most) = WINDOW_BYTES;
        let window = (MERGE_BYTES / self.ends.len().max(1)).clamp(least, most);
        let mut merge = Merge { file: self.file, heads: BinaryHeap::with_capacity(self.ends.len()) };
        let mut start = 0;
        for end in self.ends {
            let mut run = Run { next: start, end, window, bytes: Vec::new(), used: 0 };
            start = end;
            if let Some(row) = run.read(&mut merge.file)? {
                merge.heads.push(Head { row, run });
            }
        }
        Ok(merge)
    }
}

/// The merge of sorted runs.
#[derive(Debug)]
pub(super) struct Merge {
    file: File,
    heads: BinaryHeap<Head>,
}

impl Iterator for Merge {
    type Item = io::Result<LedgerRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heads.peek_mut()?;
        Some(match head.run.read(&mut self.file) {
            Ok(Some(row)) => Ok(std::mem::replace(&mut head.row, row)),
            Ok(None) => Ok(PeekMut::pop(head).row),
            Err(error) => {
                PeekMut::pop(head);
                Err(error)
            }
        })
    }
}

/// The next row of a run; the least row is the greatest head.
#[derive(Debug)]
struct Head {
    row: LedgerRow,
    run: Run,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row.import_order(&self.row)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// The rest of a run: a window of it in memory, what follows in the file.
#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    window: usize,
    bytes: Vec<u8>,
    used: usize,
}

impl Run {
    fn read(&mut self, file: &mut File) -> io::Result<Option<LedgerRow>> {
        if self.rest().is_empty() && self.next == self.end {
            return Ok(None);
        }
        self.demand(4, file)?;
        let (length, _) = self.rest().split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?;
        self.demand(4 + length, file)?;
        let row = decode(self.rest().get(4..4 + length).ok_or_else(damaged)?)?;
        self.used += 4 + length;
        Ok(Some(row))
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }

    /// Has at least `needed` bytes in memory, where the run still has them.
    fn demand(&mut self, needed: usize, file: &mut File) -> io::Result<()> {
        let kept = self.rest().len();
        if kept >= needed {
            return Ok(());
        }
        self.bytes.drain(..self.used);
        self.used = 0;
        let wanted = u64::try_from(self.window.max(needed - kept)).map_err(|_| damaged())?.min(self.end - self.next);
        file.seek(SeekFrom::Start(self.next))?;
        let read = file.take(wanted).read_to_end(&mut self.bytes)?;
        self.next += u64::try_from(read).map_err(|_| damaged())?;
        if self.bytes.len() < needed { Err(damaged()) } else { Ok(()) }
    }
}
