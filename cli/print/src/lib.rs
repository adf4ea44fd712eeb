//! Pages and drawings for paper and screens: HTML that prints on A4 without a network, and SVG.
//!
//! Reports, certificates, statements and maps share one look, and it lives here. What always holds: a page is one file
//! that asks for nothing from anywhere; whatever comes from the ledger is escaped; no sentence stands in code, each comes
//! from a catalogue in Chinese and English; the same input gives the same bytes.
