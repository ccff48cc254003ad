//! A light English stemmer: the forms of one verb or noun fall together, unrelated words rarely do.

/// The stem of a lower-case word; words with digits or outside ASCII stay as they are.
pub(crate) fn stem(word: &str) -> String {
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut stem = without_plural(word);
    stem = without_participle(stem);
    stem = without_noun_ending(stem);
    if stem.len() > 4 && stem.ends_with('e') {
        stem.pop();
    }
    if stem.len() > 5 && stem.ends_with("at") {
        stem.truncate(stem.len() - 2);
    }
    stem
}

fn without_plural(word: &str) -> String {
    if let Some(root) = word.strip_suffix("ies").filter(|root| root.len() >= 3) {
        let singular = matches!(
            root,
            "mov" | "cook" | "calor" | "self" | "ser" | "spec" | "zomb"
        );
        return format!("{root}{}", if singular { "ie" } else { "y" });
    }
    for ending in ["sses", "ches", "shes", "xes", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s').filter(|_| word != "news") {
        Some(root) if !root.ends_with(['s', 'u', 'i']) => root.to_owned(),
        _ => word.to_owned(),
    }
}

fn without_participle(word: String) -> String {
    for ending in ["ing", "ed"] {
        if let Some(root) = word.strip_suffix(ending)
            && root.len() >= 3
            && has_vowel(root)
        {
            return undoubled(root);
        }
    }
    word
}

fn without_noun_ending(word: String) -> String {
    for ending in ["ation", "ition"] {
        if let Some(root) = word.strip_suffix(ending)
            && root.len() >= 4
        {
            return root.to_owned();
        }
    }
    if let Some(root) = word.strip_suffix("ion")
        && root.len() >= 4
        && root.ends_with(['s', 't'])
    {
        return root.to_owned();
    }
    word
}

/// `plann` is `plan`; `add`, `sell` and `pass` keep their pair.
fn undoubled(root: &str) -> String {
    let bytes = root.as_bytes();
    let last = bytes[bytes.len() - 1];
    let pair = bytes.len() > 3 && bytes[bytes.len() - 2] == last;
    if pair && !matches!(last, b's' | b'l' | b'z' | b'e' | b'd') {
        root[..root.len() - 1].to_owned()
    } else {
        root.to_owned()
    }
}

fn has_vowel(text: &str) -> bool {
    text.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_one_word_fall_together() {
        for forms in [
            &["calculate", "calculated", "calculating", "calculation"][..],
            &["translate", "translated", "translation"],
            &["encrypt", "encrypted", "encryption"],
            &["reserve", "reserved", "reservation"],
            &["plan", "planned", "planning", "plans"],
            &["category", "categories"],
            &["licence", "licences"],
            &["crate", "crates"],
        ] {
            let stems: Vec<_> = forms.iter().map(|form| stem(form)).collect();
            assert!(
                stems.windows(2).all(|pair| pair[0] == pair[1]),
                "{forms:?} gave {stems:?}"
            );
        }
    }

    #[test]
    fn unlike_words_stay_apart() {
        assert_ne!(stem("general"), stem("generate"));
        assert_ne!(stem("news"), stem("new"));
        assert_eq!(stem("bus"), "bus");
        assert_eq!(stem("été"), "été");
    }
}
