//! The codes themselves, as an image and for a terminal.
//!
//! What always holds: dark modules on a light ground with the quiet zone the standard asks for (ISO/IEC 18004), whatever the
//! colours of the screen or terminal around it; at most [`MODULES_MAX`] modules a side.

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::Part;
use crate::error::Error;

/// The largest version used.
const VERSION_MAX: i16 = 25;
/// The most modules a side, without the quiet zone: those of version 25.
pub const MODULES_MAX: usize = 117;
/// The width of the light border on each side, in modules.
pub const QUIET_ZONE_MODULES: usize = 4;
/// How large a module is in the image's own units; the image scales without loss.
const MODULE_UNITS: u32 = 4;

/// The code of a part, as an SVG image: a text that holds nothing but the image.
///
/// # Errors
/// When `part` is no part.
pub fn svg(part: &str) -> Result<String, Error> {
    let code = code(part)?;
    let mut renderer = code.render::<svg::Color<'_>>();
    renderer.module_dimensions(MODULE_UNITS, MODULE_UNITS);
    Ok(renderer.quiet_zone(true).build())
}

/// The code of a part for a terminal: lines of half blocks, two modules one above the other in each character, with black
/// and white set explicitly (ANSI, 256 colours), so that it reads on dark and light terminals alike.
///
/// # Errors
/// When `part` is no part.
pub fn terminal(part: &str) -> Result<String, Error> {
    const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
    const RESET: &str = "\u{1b}[0m";
    let code = code(part)?;
    let side = code.width();
    let colors = code.to_colors();
    let framed = side + 2 * QUIET_ZONE_MODULES;
    let dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE_MODULES).filter(|at| *at < side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors.get(y * side + x) == Some(&Color::Dark),
            _ => false,
        }
    };
    let mut text = String::new();
    for y in (0..framed).step_by(2) {
        text.push_str(BLACK_ON_WHITE);
        for x in 0..framed {
            text.push(match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push_str(RESET);
        text.push('\n');
    }
    Ok(text)
}

/// The code of a part: error correction M where that fits, else L.
fn code(part: &str) -> Result<QrCode, Error> {
    let _: Part = part.parse()?;
    let fits = |level| {
        let code = QrCode::with_error_correction_level(part, level).ok()?;
        matches!(code.version(), Version::Normal(version) if version <= VERSION_MAX).then_some(code)
    };
    fits(EcLevel::M)
        .or_else(|| fits(EcLevel::L))
        .ok_or_else(|| Error::QrMalformed {
            reason: "longer than any part".to_owned(),
        })
}
