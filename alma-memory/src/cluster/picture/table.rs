//! The table of clusters.

use super::{
    groups::Groups,
    text::{count, figure, per_cent},
};

/// Clusters that the table tells; the largest.
const LINES: usize = 500;

/// The table as HTML.
pub(super) fn draw(groups: &Groups) -> String {
    let has_words = groups.iter().any(|group| !group.words.is_empty());
    let has_stability = groups.iter().any(|group| group.stability.is_some());
    let mut out = String::from("<div class=\"list\"><table>\n<thead><tr><th>Name</th>");
    out.push_str("<th class=\"n\">Rows</th><th class=\"n\">Share</th>");
    if has_stability {
        out.push_str("<th class=\"n\">Stability</th>");
    }
    if has_words {
        out.push_str("<th>Words</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let rows = groups.of_row().len();
    for (at, group) in groups.iter().enumerate().take(LINES) {
        out.push_str(&format!(
            "<tr class=\"k{at}\"><td class=\"t\"><span class=\"key\"></span><bdi>{}</bdi></td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td>",
            group.name,
            count(group.rows.len()),
            per_cent(group.rows.len(), rows),
        ));
        if has_stability {
            let stability = group.stability.map(figure).unwrap_or_default();
            out.push_str(&format!("<td class=\"n\">{stability}</td>"));
        }
        if has_words {
            let words: Vec<String> = group
                .words
                .iter()
                .map(|word| format!("<bdi>{word}</bdi>"))
                .collect();
            out.push_str(&format!("<td class=\"t words\">{}</td>", words.join(", ")));
        }
        out.push_str("</tr>\n");
    }
    let noise = groups.noise();
    if noise > 0 {
        let rest = usize::from(has_stability) + usize::from(has_words);
        out.push_str(&format!(
            "<tr><td><span class=\"key\"></span>in no cluster</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td>{}</tr>\n",
            count(noise),
            per_cent(noise, rows),
            "<td></td>".repeat(rest),
        ));
    }
    out.push_str("</tbody>\n</table></div>");
    if groups.len() > LINES {
        let more = count(groups.len() - LINES);
        out.push_str(&format!("\n<p>{more} smaller clusters are not listed.</p>"));
    }
    out
}
