//! The wallet for other languages.
