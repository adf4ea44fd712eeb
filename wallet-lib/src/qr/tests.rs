//! Tests of QR codes: what is drawn is read back by a scanner; parts in any order, foreign, forged, malformed.

use proptest::prelude::*;

use super::*;

/// What a scanner reads from an image given as dark or light by column and row.
fn scanned(side: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    /// How many dots of the picture a module takes, as a camera sees it.
    const DOTS: usize = 3;
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(side * DOTS, side * DOTS, |x, y| {
            if dark(x / DOTS, y / DOTS) { 20 } else { 235 }
        });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in the picture");
    grids[0].decode().unwrap().1
}

/// What a scanner reads from a terminal's lines.
fn scan_terminal(text: &str) -> String {
    let lines: Vec<Vec<char>> = text
        .lines()
        .map(|line| {
            let line = line.strip_prefix("\u{1b}[38;5;16;48;5;231m").unwrap();
            line.strip_suffix("\u{1b}[0m").unwrap().chars().collect()
        })
        .collect();
    let side = lines[0].len();
    assert!(lines.iter().all(|line| line.len() == side));
    assert_eq!(lines.len(), side.div_ceil(2));
    scanned(side, |x, y| match lines[y / 2][x] {
        '█' => true,
        '▀' => y % 2 == 0,
        '▄' => y % 2 == 1,
        _ => false,
    })
}

/// What a scanner reads from the image: its path's rectangles, as the renderer writes them.
fn scan_svg(svg: &str) -> String {
    let between = |from: &str, to: &str| {
        let rest = &svg[svg.find(from).unwrap() + from.len()..];
        rest[..rest.find(to).unwrap()].to_owned()
    };
    let side: usize = between("width=\"", "\"").parse().unwrap();
    let unit = usize::try_from(4).unwrap();
    let mut dark = vec![vec![false; side / unit]; side / unit];
    for rectangle in between("<path fill=\"#000\" d=\"M", "\"").split('M') {
        let (left, rest) = rectangle.split_once(' ').unwrap();
        let (top, rest) = rest.split_once('h').unwrap();
        let (width, rest) = rest.split_once('v').unwrap();
        let (height, _) = rest.split_once('H').unwrap();
        let number = |text: &str| text.parse::<usize>().unwrap() / unit;
        for row in &mut dark[number(top)..number(top) + number(height)] {
            row[number(left)..number(left) + number(width)].fill(true);
        }
    }
    scanned(side / unit, |x, y| dark[y][x])
}

fn content(length: usize) -> Vec<u8> {
    let bytes = (0..length).map(|at| u8::try_from((at * 7 + at / 251) % 256).unwrap());
    bytes.collect()
}

fn collected(texts: impl IntoIterator<Item = String>) -> Result<Scanned, Error> {
    let mut collector = Collector::new();
    let mut last = None;
    for text in texts {
        last = Some(collector.add(&text)?);
    }
    match last {
        Some(Progress::Complete(scanned)) => Ok(scanned),
        other => panic!("not complete: {other:?}"),
    }
}

#[test]
fn every_code_shown_is_read_back_by_a_scanner() {
    for length in [0, 1, 16, 300, 450, 1_200, 1_201, 5_000] {
        let bytes = content(length);
        let parts = parts(Kind::Document, &bytes).unwrap();
        let read: Vec<String> = parts
            .iter()
            .map(|part| {
                let from_image = scan_svg(&svg(part).unwrap());
                assert_eq!(from_image, scan_terminal(&terminal(part).unwrap()));
                from_image
            })
            .collect();
        assert_eq!(read, parts);
        assert_eq!(collected(read).unwrap().bytes, bytes);
    }
}

#[test]
fn a_code_for_a_terminal_fits_eighty_columns() {
    let parts = parts_within(Kind::Proof, &content(1_000), TERMINAL_PART_BYTES_MAX).unwrap();
    assert_eq!(parts.len(), 4);
    for part in parts {
        let shown = terminal(&part).unwrap();
        let columns = shown
            .lines()
            .next()
            .unwrap()
            .chars()
            .filter(|c| " █▀▄".contains(*c));
        assert!(columns.count() <= 80);
    }
}

#[test]
fn the_longest_part_fits_the_largest_code() {
    let bytes = vec![0xFF; CONTENT_BYTES_MAX];
    let parts = parts(Kind::Proof, &bytes).unwrap();
    assert_eq!(parts.len(), usize::from(PARTS_MAX));
    let last = parts.last().unwrap();
    assert!(last.len() <= PART_TEXT_MAX);
    let shown = terminal(last).unwrap();
    assert_eq!(
        shown.lines().count(),
        (MODULES_MAX + 2 * QUIET_ZONE_MODULES).div_ceil(2)
    );
    assert_eq!(collected(parts).unwrap().bytes, bytes);
    assert_eq!(
        super::parts(Kind::Proof, &vec![0; CONTENT_BYTES_MAX + 1]),
        Err(Error::QrTooLong {
            length: CONTENT_BYTES_MAX + 1,
            length_max: CONTENT_BYTES_MAX
        })
    );
}

#[test]
fn a_part_is_text_that_a_scanner_reads_in_its_densest_mode() {
    let parts = parts(Kind::Challenge, b"sixteen bytes...").unwrap();
    assert_eq!(parts, ["TB1:ASK:1/1:394B986B:PQEBAF$ CM-D9KC7WEBPEW$5"]);
}

#[test]
fn parts_come_in_any_order_and_more_than_once() {
    let bytes = content(3_000);
    let parts = parts(Kind::Card, &bytes).unwrap();
    let mut collector = Collector::new();
    let missing = |progress| match progress {
        Progress::Missing { missing, parts: 3 } => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(collector.add(&parts[2]).unwrap()), [1, 2]);
    assert_eq!(missing(collector.add(&parts[2]).unwrap()), [1, 2]);
    assert_eq!(missing(collector.add(&parts[0]).unwrap()), [2]);
    let Progress::Complete(scanned) = collector.add(&parts[1]).unwrap() else {
        panic!("all three are there")
    };
    assert_eq!(scanned.clone().into_bytes_of(Kind::Card), Ok(bytes));
    let error = scanned.into_bytes_of(Kind::Document).unwrap_err();
    assert_eq!(error.code(), "qr_kind");
}

#[test]
fn refuses_a_part_of_another_content_and_goes_on() {
    let (one, other) = (content(2_000), vec![7; 2_000]);
    let one_parts = parts(Kind::Document, &one).unwrap();
    let other_parts = parts(Kind::Document, &other).unwrap();
    let of_another_kind = parts(Kind::Proof, &one).unwrap();
    let mut collector = Collector::new();
    collector.add(&one_parts[0]).unwrap();
    for foreign in [&other_parts[1], &of_another_kind[1]] {
        assert_eq!(collector.add(foreign).unwrap_err().code(), "qr_other");
    }
    assert!(matches!(
        collector.add(&one_parts[1]),
        Ok(Progress::Complete(_))
    ));
    collector.restart();
    collector.add(&other_parts[1]).unwrap();
}

#[test]
fn refuses_parts_that_do_not_make_up_the_content_they_name() {
    let parts = parts(Kind::Document, &content(2_000)).unwrap();
    let mut forged: Part = parts[1].parse().unwrap();
    forged.bytes[0] ^= 1;
    let forged = forged.to_string();
    let mut collector = Collector::new();
    collector.add(&parts[0]).unwrap();
    assert_eq!(collector.add(&forged).unwrap_err().code(), "qr_damaged");
    // All are forgotten: the right ones make it up.
    collector.add(&forged).unwrap();
    assert_eq!(collector.add(&parts[1]).unwrap_err().code(), "qr_damaged");
    collector.add(&parts[1]).unwrap();
    assert!(matches!(
        collector.add(&parts[0]),
        Ok(Progress::Complete(_))
    ));
}

#[test]
fn refuses_text_that_is_no_part() {
    let good = parts(Kind::Document, b"hello").unwrap().remove(0);
    good.parse::<Part>().unwrap();
    let (head, payload) = good.rsplit_once(':').unwrap();
    let bad = [
        String::new(),
        "https://example.org/".to_owned(),
        good.replacen("TB1", "TB2", 1),
        good.replacen("DOC", "DOG", 1),
        good.replacen("1/1", "0/1", 1),
        good.replacen("1/1", "2/1", 1),
        good.replacen("1/1", "01/1", 1),
        good.replacen("1/1", "+1/1", 1),
        good.replacen("1/1", "1/65", 1),
        good.replacen("1/1", "1/0", 1),
        good.replacen("1/1", "1/300", 1),
        good.to_lowercase(),
        format!("{head}:{payload}00"),
        // Two characters of base45 that stand for 256 and more: no byte.
        format!("{head}:ZZ"),
        // Three that stand for 65,536 and more.
        format!("{head}:ZZZ"),
        format!("{good} "),
        format!("{head}:{}", "0".repeat(PART_TEXT_MAX)),
        format!("{head}:é"),
    ];
    for text in bad {
        let error = text.parse::<Part>().unwrap_err();
        assert_eq!(error.code(), "qr_malformed", "{text}");
        assert!(svg(&text).is_err());
        assert!(terminal(&text).is_err());
    }
}

proptest! {
    #[test]
    fn any_content_comes_back_from_its_parts_in_any_order(
        bytes in proptest::collection::vec(any::<u8>(), 0..4_000),
        size in 1usize..1_400,
        turn in any::<prop::sample::Index>(),
    ) {
        prop_assume!(bytes.len() <= size * usize::from(PARTS_MAX));
        let mut texts = parts_within(Kind::Proof, &bytes, size).unwrap();
        for text in &texts {
            prop_assert!(text.len() <= PART_TEXT_MAX);
            prop_assert!(!text.ends_with(' '));
            prop_assert!(text.bytes().all(|byte| base45::alphabet::decode(byte).is_some()));
        }
        let middle = turn.index(texts.len());
        texts.rotate_left(middle);
        prop_assert_eq!(collected(texts).unwrap(), Scanned { kind: Kind::Proof, bytes });
    }

    #[test]
    fn any_text_is_a_part_or_is_refused(text in "TB1:(DOC|CARD):[0-9]{1,3}/[0-9]{1,3}:[0-9A-F]{7,9}:[0-9A-Z $%*+./:-]{0,40}") {
        if let Ok(part) = text.parse::<Part>() {
            prop_assert_eq!(part.to_string(), text);
        }
    }
}
