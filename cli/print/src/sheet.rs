//! Tables for spreadsheet programs: CSV (RFC 4180) in UTF-8 with a byte order mark, without which some take it for another
//! encoding.
//!
//! What always holds: no cell begins with a sign that a spreadsheet takes for a formula, unless it is a number.

/// The mark.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A table with these columns; each row has a cell for each.
///
/// # Panics
/// When a row has not.
pub fn sheet<R: AsRef<[String]>>(columns: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    writer
        .write_record(columns)
        .expect("memory takes everything");
    for row in rows {
        let row = row.as_ref();
        assert_eq!(row.len(), columns.len(), "a cell for each column");
        let cells = row.iter().map(|cell| harmless(cell));
        writer.write_record(cells).expect("memory takes everything");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("text was written")
}

/// A cell that no program takes for a formula: text that begins like one gets an apostrophe before it.
fn harmless(cell: &str) -> String {
    match begins_like_a_formula(cell) && cell.parse::<i64>().is_err() {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// Whether some spreadsheet program takes a cell with this text for a formula; the wide signs of Chinese keyboards count.
pub fn begins_like_a_formula(cell: &str) -> bool {
    const SIGNS: [char; 10] = [
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    cell.starts_with(SIGNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_opens_in_spreadsheet_programs_and_runs_nothing() {
        let row = ["=1+1", "-5", "a, \"b\""].map(str::to_owned);
        let text = sheet(&["x", "net", "y"], [row]);
        assert_eq!(text, "\u{feff}x,net,y\r\n'=1+1,-5,\"a, \"\"b\"\"\"\r\n");
    }
}
