//! Pages, drawings and sheets for paper, screens and spreadsheet programs: HTML that prints on A4 without a network, SVG, CSV.
//!
//! Reports, certificates, statements and maps share one look, and it lives here. What always holds: a page is one file
//! that asks for nothing from anywhere; whatever comes from the ledger is escaped; no sentence stands in code, each comes
//! from a catalogue in Chinese and English; the same input gives the same bytes.
//!
//! - [`page`] is the page around everything, and its small parts: sections, facts, tiles, badges.
//! - [`table`] is a table whose head is repeated on each sheet.
//! - [`sheet`] is the same for spreadsheet programs.
//! - [`chart`] draws columns, lines, bars and heat maps.
//! - [`figure`] writes numbers, and minutes as hours, for people.

pub mod chart;
pub mod figure;
pub mod page;
mod sentence;
pub mod sheet;
pub mod table;

pub use chart::{Bar, Chart, Heat, HeatRow, Point, Unit};
pub use page::{Page, Paper, Tone};
pub use table::{Column, Table};

/// What pages and charts say by themselves, in Chinese: Fluent.
pub const CHINESE: &str = include_str!("../messages/print.zh.ftl");
/// What pages and charts say by themselves, in English: Fluent.
pub const ENGLISH: &str = include_str!("../messages/print.en.ftl");
