//! The page around the drawings.

use super::{
    groups::{Groups, colour},
    text::{self, count, escaped, per_cent},
};

/// Clusters that light up when their line of the table is pointed at.
const LIGHTS: usize = 300;

const STYLE: &str = "
:root{color-scheme:light dark;--paper:#fdfdfb;--ink:#1d2126;--soft:#667078;--line:#d9dcd7;--trunk:#c3c9cc;--noise:#b3b9bc;--halo:#fdfdfbd9}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e7e9ea;--soft:#98a2a9;--line:#31373c;--trunk:#444c52;--noise:#707a82;--halo:#15181bd9}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI','Liberation Sans','DejaVu Sans',sans-serif}
main{max-width:1120px;margin:0 auto;padding:28px 24px 56px}
h1{font-size:25px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;margin:34px 0 2px}
p{margin:0 0 10px;color:var(--soft);max-width:80ch}
.facts{font-size:16px}
.scroll{overflow-x:auto}
svg{display:block;max-width:none;height:auto}
svg.fit{width:100%}
svg text{font-size:11.5px;fill:var(--ink)}
svg .axis{fill:var(--soft)}
svg .rule{stroke:var(--line);stroke-width:1}
svg .name{paint-order:stroke;stroke:var(--halo);stroke-width:3.5px;stroke-linejoin:round;font-weight:600}
.trunk{fill:var(--trunk)}
.pick{stroke:var(--ink);stroke-width:1.3;fill:var(--k)}
.pick.thin{stroke-width:.4}
.inner{fill:var(--k);stroke:var(--paper);stroke-width:.6}
.dots{fill:none;stroke:var(--k,var(--noise));stroke-width:6;stroke-linecap:round;stroke-opacity:.75}
.dots.none{stroke-width:4;stroke-opacity:.6}
.frame{fill:none;stroke:var(--line)}
.list{max-height:640px;overflow:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{position:sticky;top:0;background:var(--paper);text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child td{border-bottom:0}
tbody tr:hover{background:color-mix(in srgb,var(--k,var(--noise)) 16%,transparent)}
td.n,th.n{text-align:right;white-space:nowrap}
td.t{overflow-wrap:anywhere}
.words{color:var(--soft)}
.key{display:inline-block;width:11px;height:11px;border-radius:3px;background:var(--k,var(--noise));margin-right:7px}
";

/// A page as it grows.
#[derive(Debug)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn new(title: &str, groups: &Groups) -> Self {
        let title = escaped(title, 200);
        let rows = groups.of_row().len();
        let noise = groups.noise();
        let mut style = STYLE.to_owned();
        for at in 0..groups.len() {
            style.push_str(&format!(".k{at}{{--k:{}}}\n", colour(at)));
        }
        for at in 0..groups.len().min(LIGHTS) {
            style.push_str(&format!(
                "main:has(tr.k{at}:hover) svg [class*=k]:not(.k{at}){{opacity:.12}}\n"
            ));
        }
        let clusters = match groups.len() {
            1 => "1 cluster".to_owned(),
            clusters => format!("{} clusters", count(clusters)),
        };
        Self(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1><bdi>{title}</bdi></h1>\n\
             <p class=\"facts\">{}: {clusters}, and {} ({}) in none</p>\n",
            text::rows(rows),
            text::rows(noise),
            per_cent(noise, rows),
        ))
    }

    /// Adds a part; `note` is plain text of our own, `body` is HTML.
    pub(super) fn section(&mut self, title: &str, note: &str, body: &str) {
        self.0.push_str(&format!("<section>\n<h2>{title}</h2>\n"));
        if !note.is_empty() {
            self.0.push_str(&format!("<p>{note}</p>\n"));
        }
        self.0.push_str(body);
        self.0.push_str("\n</section>\n");
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str("</main>\n</body>\n</html>\n");
        self.0
    }
}
