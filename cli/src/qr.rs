//! A URL as a picture that phones read from the screen. Owns the picture.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::ui::Styles;

/// The lines of the picture; `None` for a URL that is too long for one.
pub fn picture(url: &str, styles: Styles) -> Option<String> {
    let code = QrCode::with_error_correction_level(url, EcLevel::L).ok()?;
    let mut picture = code.render::<Dense1x2>();
    let has_colors = styles.are_coloured();
    if !has_colors {
        // Screens are dark more often than not.
        picture
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark);
    }
    let picture = picture.quiet_zone(true).build();
    if !has_colors {
        return Some(picture);
    }
    let style = styles.paper;
    let lines = picture
        .lines()
        .map(|line| format!("{style}{line}{style:#}"));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_fits_on_a_screen() {
        let picture = picture("http://192.168.100.100:1999", Styles::default());
        let picture = picture.expect("it is short");
        let (lines, width) = (
            picture.lines().count(),
            picture.lines().map(|line| line.chars().count()).max(),
        );
        assert!(
            lines <= 20 && width.is_some_and(|width| width <= 40),
            "{picture}"
        );
        assert!(self::picture(&"x".repeat(5000), Styles::default()).is_none());
    }
}
