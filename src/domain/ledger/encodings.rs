//! Encodings by name, for files that are not UTF-8: a ledger that would be garbled is refused instead.

/// The byte order mark of UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file is that starts with these four bytes (or is that short), when it can not be UTF-8 text.
pub(super) fn foreign_start(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, 0, 0] | [1..=0x7f, 0, 0, 0] => Some("UTF-32LE"),
        [0, 0, 0xfe, 0xff] | [0, 0, 0, 1..=0x7f] => Some("UTF-32BE"),
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => Some("UTF-16BE"),
        [b'P', b'K', 3, 4] => Some("a ZIP archive (an .xlsx workbook? save it as CSV)"),
        _ => None,
    }
}

/// What text is that is not valid UTF-8, judged by `sample`, the bytes around the first fault.
///
/// Chinese text in GBK is made of pairs whose first byte is 81-FE; nearly all characters in daily use lie in the GB 2312 part,
/// where the second byte is A1-FE too. In Western text a letter with an accent stands between ASCII letters.
pub(super) fn guess(sample: &[u8]) -> &'static str {
    let (mut pairs, mut daily) = (0_usize, 0_usize);
    let mut rest = sample;
    loop {
        rest = match rest {
            [] | [0x81..=0xfe] => break,
            [0..=0x7f, rest @ ..] => rest,
            [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, rest @ ..] => {
                pairs += 1;
                daily += 1;
                rest
            }
            [0x81..=0xfe, second @ (0x40..=0x7e | 0x80..=0xfe), rest @ ..] => {
                pairs += 1;
                daily += usize::from(*second >= 0xa1);
                rest
            }
            _ => return WESTERN,
        };
    }
    if pairs > 0 && daily * 2 >= pairs { "GB18030 (GBK)" } else { WESTERN }
}

const WESTERN: &str = "Windows-1252 or ISO-8859-1";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_what_starts_like_another_encoding() {
        let table: [(&[u8], Option<&str>); 14] = [
            (b"\xff\xfec\0", Some("UTF-16LE")),
            (b"\xfe\xff\0c", Some("UTF-16BE")),
            (b"\xff\xfe", Some("UTF-16LE")),
            (b"\xff\xfe\0\0", Some("UTF-32LE")),
            (b"\0\0\xfe\xff", Some("UTF-32BE")),
            (b"c\0u\0", Some("UTF-16LE")),
            (b"\0c\0u", Some("UTF-16BE")),
            (b"c\0\0\0", Some("UTF-32LE")),
            (b"\0\0\0c", Some("UTF-32BE")),
            (b"PK\x03\x04", Some("a ZIP archive (an .xlsx workbook? save it as CSV)")),
            (b"cust", None),
            (b"\xef\xbb\xbfc", None),
            (b"\xb6\xa9\xb5\xa5", None),
            (b"", None),
        ];
        for (start, name) in table {
            assert_eq!(foreign_start(start), name, "{start:?}");
        }
    }

    #[test]
    fn tells_chinese_from_western_text() {
        // 订单,书 in GBK; 𠮷 (four bytes) in GB18030; a pair cut in half at the end.
        for sample in [&b"\xb6\xa9\xb5\xa5,\xca\xe9"[..], b"a\x95\x32\xc9\x35b", b"\xb6\xa9\xb5\xa5\xca"] {
            assert_eq!(guess(sample), "GB18030 (GBK)", "{sample:?}");
        }
        // Café, Crème, Müller, 5 € and a lone high byte.
        for sample in [&b"Caf\xe9,3"[..], b"Cr\xe8me", b"M\xfcller", b"5 \x80", b"\xff", b"\xe9"] {
            assert_eq!(guess(sample), WESTERN, "{sample:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(sample: Vec<u8>) {
            let _ = (guess(&sample), foreign_start(&sample));
        }
    }
}
