//! A table: its head is repeated on each sheet of paper, and no row is torn in two.

use std::fmt::Display;

use ledger_core::message::{Arguments, Language};
use maud::{Markup, PreEscaped, html};

use crate::sentence::sentence;

/// A table of at most so many rows is not divided between sheets of paper.
const WHOLE_ROWS_MAX: usize = 14;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Text,
    Number,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    label: String,
    set: Set,
}

impl Column {
    /// A column of text, under `label`.
    pub fn text(label: impl Into<String>) -> Column {
        let (label, set) = (label.into(), Set::Text);
        Column { label, set }
    }

    /// A column of numbers, set to the right, under `label`.
    pub fn number(label: impl Into<String>) -> Column {
        let (label, set) = (label.into(), Set::Number);
        Column { label, set }
    }

    const fn class(&self) -> Option<&'static str> {
        match self.set {
            Set::Text => None,
            Set::Number => Some("number"),
        }
    }
}

/// A cell with `text`, escaped.
pub fn cell(text: impl Display) -> Markup {
    html! { (text.to_string()) }
}

/// A table that is filled row by row.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Markup>>,
    total: Option<Vec<Markup>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Table {
        let columns = columns.into_iter().collect();
        let (rows, total) = (Vec::new(), None);
        Table {
            columns,
            rows,
            total,
        }
    }

    /// Adds a row: a cell for each column, in their order.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        let cells = self.checked(cells);
        self.rows.push(cells);
    }

    /// Puts a last row under a line: sums.
    pub fn total(&mut self, cells: impl IntoIterator<Item = Markup>) {
        let cells = self.checked(cells);
        self.total = Some(cells);
    }

    /// How many rows it has, the sums not counted.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table; a sentence that there is nothing when it has no rows.
    pub fn markup(&self, language: Language) -> Markup {
        if self.rows.is_empty() && self.total.is_none() {
            let nothing = sentence(language, "print-nothing", &Arguments::NONE);
            return html! { p.nothing { (nothing) } };
        }
        html! {
            div.wide.whole[self.rows.len() <= WHOLE_ROWS_MAX] { table {
                thead { tr { @for column in &self.columns {
                    th scope="col" class=[column.class()] { (column.label) }
                } } }
                (PreEscaped("\n"))
                tbody { @for row in &self.rows { (self.line(row)) } }
                @if let Some(total) = &self.total { tfoot { (self.line(total)) } }
            } }
            (PreEscaped("\n"))
        }
    }

    fn line(&self, cells: &[Markup]) -> Markup {
        html! {
            tr { @for (column, cell) in self.columns.iter().zip(cells) {
                td class=[column.class()] { (cell) }
            } }
            (PreEscaped("\n"))
        }
    }

    fn checked(&self, cells: impl IntoIterator<Item = Markup>) -> Vec<Markup> {
        let cells: Vec<Markup> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_numbers_set_to_the_right() {
        let mut table = Table::new([Column::text("who"), Column::number("min")]);
        table.row([cell("<script>"), cell(60)]);
        table.total([cell("all"), cell(60)]);
        let text = table.markup(Language::English).into_string();
        assert!(text.contains("<td>&lt;script&gt;</td><td class=\"number\">60</td>"));
        assert!(text.contains("<tfoot><tr><td>all</td>"));
    }

    #[test]
    fn an_empty_table_says_so() {
        let table = Table::new([Column::text("who")]);
        let text = table.markup(Language::English).into_string();
        assert_eq!(text, "<p class=\"nothing\">Nothing to show.</p>");
    }
}
