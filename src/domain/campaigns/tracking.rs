//! How a letter tells that it was opened, and that a link in it was followed: its links lead over this server, and an image in its HTML comes from there.

use std::{collections::HashSet, fmt};

use html_escape::{decode_html_entities, encode_double_quoted_attribute};
use lol_html::{RewriteStrSettings, element, end, rewrite_str};

use super::Letter;

/// What makes links tell, and where the image is that tells.
pub struct Trackers<'a> {
    /// What the links of this server's own pages begin with: they stay as they are.
    pub own: &'a str,
    /// The origins that the templates name: links elsewhere come from what is known of a customer, who could be anybody, and are not vouched for.
    pub origins: &'a HashSet<String>,
    /// The address over which a link leads; none where links are left alone.
    pub click: Option<&'a dyn Fn(&str) -> String>,
    /// The address of the image; none where there is to be none.
    pub open: Option<&'a str>,
}

impl fmt::Debug for Trackers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trackers").field("own", &self.own).field("open", &self.open).finish_non_exhaustive()
    }
}

/// The longest address that is led over this server: what is longer would not come through all mail programs with what is added.
const LONGEST: usize = 2000;

impl Trackers<'_> {
    /// The letter with its links led over this server, and its image. HTML that can not be read as such stays as it is.
    #[must_use]
    pub fn track(&self, letter: Letter) -> Letter {
        let Letter { subject, text, html } = letter;
        let html = html.map(|html| self.in_html(&html).unwrap_or(html));
        Letter { subject, text: self.in_text(&text), html }
    }

    fn led(&self, address: &str) -> Option<String> {
        let is_of_web = ["https://", "http://"].iter().any(|scheme| address.len() > scheme.len() && address.starts_with(scheme));
        let is_led = is_of_web && address.len() <= LONGEST && !address.starts_with(self.own) && self.origins.contains(origin(address));
        is_led.then(|| self.click.map(|click| click(address)))?
    }

    fn in_html(&self, html: &str) -> Option<String> {
        let links = element!("a[href], area[href]", |element| {
            let address = element.get_attribute("href").map(|href| decode_html_entities(href.trim()).into_owned());
            if let Some(led) = address.and_then(|address| self.led(&address)) {
                element.set_attribute("href", &encode_double_quoted_attribute(&led))?;
            }
            Ok(())
        });
        let image = end!(|end| {
            if let Some(address) = self.open {
                let address = encode_double_quoted_attribute(address);
                let image = format!("<img src=\"{address}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block\">");
                end.append(&image, lol_html::html_content::ContentType::Html);
            }
            Ok(())
        });
        rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(links).append_document_content_handler(image)).ok()
    }

    fn in_text(&self, text: &str) -> String {
        let (mut told, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(start) = rest.find("http") {
            let (before, found) = rest.split_at(start);
            let end = found.find(|c| !is_of_address(c)).unwrap_or(found.len());
            let address = found.get(..end).unwrap_or(found).trim_end_matches(ends_a_sentence);
            let address = if address.is_empty() { "http" } else { address };
            // Whether letters of other scripts that follow belong to the address only its writer knows.
            let is_whole = address.len() < end || !found.get(end..).unwrap_or_default().starts_with(char::is_alphanumeric);
            let led = if is_whole { self.led(address) } else { None };
            told.push_str(before);
            told.push_str(&led.unwrap_or_else(|| address.to_owned()));
            rest = found.get(address.len()..).unwrap_or_default();
        }
        told.push_str(rest);
        told
    }
}

/// The scheme and host of an address, with its port.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |place| place + 3);
    let end = address.get(host..).and_then(|rest| rest.find(['/', '?', '#', '\\'])).map_or(address.len(), |end| host + end);
    address.get(..end).unwrap_or(address)
}

/// The origins of all addresses that a template writes out.
pub fn origins_in(template: &str) -> HashSet<String> {
    let starts = template.match_indices("http").filter_map(|(start, _)| template.get(start..));
    let addresses = starts.filter_map(|rest| rest.get(..rest.find(|c| !is_of_address(c)).unwrap_or(rest.len())));
    addresses
        .filter(|address| address.contains("://"))
        .map(|address| origin(address).trim_end_matches(ends_a_sentence).to_owned())
        .collect()
}

/// What an address may hold. (RFC 3986, section 2.)
fn is_of_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

/// What stands after an address more often than at its end.
fn ends_a_sentence(c: char) -> bool {
    ".,;:!?')]".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "https://patron.example/v1/public/";

    fn track(text: &str, html: Option<&str>) -> (String, Option<String>) {
        let click = |address: &str| format!("https://t.example/?a=1&to={address}");
        let origins = ["https://shop.example", "http://a.example", "https://a.example", "https://b.example"].map(str::to_owned).into();
        let trackers = Trackers { own: OWN, origins: &origins, click: Some(&click), open: Some("https://t.example/o?a=1&b=2") };
        let letter =
            trackers.track(Letter { subject: "https://shop.example".to_owned(), text: text.to_owned(), html: html.map(str::to_owned) });
        assert_eq!(letter.subject, "https://shop.example");
        (letter.text, letter.html)
    }

    #[test]
    fn links_in_text_lead_over_this_server() {
        for (text, told) in [
            ("See https://shop.example/a?b=1&c=2.", "See https://t.example/?a=1&to=https://shop.example/a?b=1&c=2."),
            (
                "(http://a.example/), <https://b.example>",
                "(https://t.example/?a=1&to=http://a.example/), <https://t.example/?a=1&to=https://b.example>",
            ),
            ("详情https://shop.example/。", "详情https://t.example/?a=1&to=https://shop.example/。"),
            ("详情https://shop.example/学校?x=1", "详情https://shop.example/学校?x=1"),
            ("Dear https://evil.example/login", "Dear https://evil.example/login"),
            (
                "https://shop.example.evil.example/ https://shop.example@evil.example/",
                "https://shop.example.evil.example/ https://shop.example@evil.example/",
            ),
            ("no more: https://patron.example/v1/public/unsubscribe/abc\n", "no more: https://patron.example/v1/public/unsubscribe/abc\n"),
            ("http https:// http", "http https:// http"),
            ("", ""),
        ] {
            assert_eq!(track(text, None).0, told);
        }
    }

    #[test]
    fn links_in_html_lead_over_this_server_and_an_image_tells() {
        const IMAGE: &str = "<img src=\"https://t.example/o?a=1&amp;b=2\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block\">";
        for (html, told) in [
            (
                "<a href=https://shop.example/?b=1&amp;c=2>x</a>",
                "<a href=\"https://t.example/?a=1&amp;to=https://shop.example/?b=1&amp;c=2\">x</a>",
            ),
            ("<A class='b' HREF='https:&#x2f;&#x2f;a.example'>", "<A class='b' HREF=\"https://t.example/?a=1&amp;to=https://a.example\">"),
            ("<a href=\"mailto:a@b.example\"><a name=x>", "<a href=\"mailto:a@b.example\"><a name=x>"),
            ("<a href=\"https://patron.example/v1/public/unsubscribe/x\">", "<a href=\"https://patron.example/v1/public/unsubscribe/x\">"),
            ("<!-- <a href=\"https://a.example\"> --><p>https://a.example", "<!-- <a href=\"https://a.example\"> --><p>https://a.example"),
        ] {
            assert_eq!(track("", Some(html)).1.unwrap(), format!("{told}{IMAGE}"));
        }
    }

    #[test]
    fn a_template_names_its_origins() {
        let template =
            "See https://shop.example/a?b, (http://b.example:8080). <a href='https://c.example'> https://{{ customer.name }}/ http";
        let named = ["https://shop.example", "http://b.example:8080", "https://c.example", "https://"].map(str::to_owned);
        assert_eq!(origins_in(template), named.into());
    }

    #[test]
    fn what_is_not_tracked_stays_as_it_is() {
        let trackers = Trackers { own: OWN, origins: &HashSet::new(), click: None, open: None };
        let html = "<p class='x'><a href=https://a.example>a</A>";
        let letter = Letter { subject: "s".to_owned(), text: "https://a.example".to_owned(), html: Some(html.to_owned()) };
        assert_eq!(trackers.track(letter.clone()), letter);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_of_a_text(text in "(https?://| |[a-z./?&学。(]){0,40}") {
            let trackers = Trackers { own: OWN, origins: &origins_in(&text), click: Some(&|address: &str| address.to_owned()), open: None };
            prop_assert_eq!(trackers.in_text(&text), text);
        }
    }
}
