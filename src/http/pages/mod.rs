//! What people see who follow a link of ours in a browser: the same as programs are answered, as a page with a form that needs no script.
//!
//! Whatever customers or staff have written is escaped by the templates. The pages load nothing, are not kept, and tell no other site where they were.

use std::sync::LazyLock;

use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, dev::Payload, http::header};
use minijinja::{Environment, Value, context, value::Serde};
use serde::Serialize;

use super::problem::Problem;

mod said;

pub use said::{ReadsForm, Said};

/// The content type of every page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The pages there are; each is a template of `page.html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Whether a resolution helped.
    Outcome,
    /// The questions of a survey.
    Survey,
    /// That an answer was taken in.
    Thanks,
    /// Whether somebody wants no more of such messages.
    Unsubscribe,
}

impl Page {
    const fn template(self) -> &'static str {
        match self {
            Self::Outcome => "outcome.html",
            Self::Survey => "survey.html",
            Self::Thanks => "thanks.html",
            Self::Unsubscribe => "unsubscribe.html",
        }
    }
}

/// Who looks: a program, or a person's browser, and in which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    is_browser: bool,
    speaks_chinese: bool,
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let accepted = text(header::ACCEPT);
        // Browsers name HTML and never JSON.
        let is_browser = accepted.contains("text/html") && !accepted.contains("json");
        std::future::ready(Ok(Self { is_browser, speaks_chinese: text(header::ACCEPT_LANGUAGE).trim_start().starts_with("zh") }))
    }
}

impl Viewer {
    /// What was found, as JSON or as a page; what failed likewise.
    ///
    /// # Errors
    /// The problem, for a program.
    pub fn show<T: Serialize>(self, page: Page, found: Result<T, Problem>) -> Result<HttpResponse, Problem> {
        match found {
            Ok(view) if self.is_browser => Ok(self.page(&mut HttpResponse::Ok(), page.template(), &view)),
            Ok(view) => Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view)),
            Err(problem) => self.apology(problem),
        }
    }

    /// The answer to what was sent: as it is, or as a page that thanks for it.
    ///
    /// # Errors
    /// The problem, for a program.
    pub fn thank(self, answered: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
        match answered {
            Ok(_) if self.is_browser => Ok(self.page(&mut HttpResponse::Ok(), Page::Thanks.template(), &())),
            Ok(answer) => Ok(answer),
            Err(problem) => self.apology(problem),
        }
    }

    fn apology(self, problem: Problem) -> Result<HttpResponse, Problem> {
        if !self.is_browser {
            return Err(problem);
        }
        let told = context! { status => problem.status_code().as_u16(), detail => problem.0.detail() };
        Ok(self.page(&mut HttpResponse::build(problem.status_code()), "apology.html", &told))
    }

    fn page<T: Serialize>(self, response: &mut HttpResponseBuilder, template: &str, view: &T) -> HttpResponse {
        let words = context! { zh => self.speaks_chinese, view => Value::from(Serde(view)) };
        let written = TEMPLATES.get_template(template).and_then(|template| template.render(words));
        response
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
            ))
            .insert_header(("X-Robots-Tag", "noindex"))
            .content_type(HTML);
        match written {
            Ok(page) => response.body(page),
            Err(error) => {
                tracing::error!(template, %error, "a page can not be written");
                HttpResponse::InternalServerError().finish()
            }
        }
    }
}

/// The templates, part of the program; the ending `.html` is what has their values escaped.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, source) in SOURCES {
        if let Err(error) = templates.add_template(name, source) {
            tracing::error!(name, %error, "a template of ours can not be read");
        }
    }
    templates
});

const SOURCES: [(&str, &str); 6] = [
    ("page.html", include_str!("page.html")),
    ("outcome.html", include_str!("outcome.html")),
    ("survey.html", include_str!("survey.html")),
    ("thanks.html", include_str!("thanks.html")),
    ("apology.html", include_str!("apology.html")),
    ("unsubscribe.html", include_str!("unsubscribe.html")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read_and_escapes() {
        for (name, _) in SOURCES {
            assert!(TEMPLATES.get_template(name).is_ok(), "{name}");
        }
        for (status, words) in [(404, "works no more"), (409, "answered already"), (500, "on our side")] {
            let page =
                TEMPLATES.get_template("apology.html").unwrap().render(context! { zh => false, view => context! { status } }).unwrap();
            assert!(page.contains(words), "{page}");
        }
        let view = context! { subject => "<script>alert(1)</script>", resolution => "\"'&", status => "resolved" };
        let page = TEMPLATES.get_template("outcome.html").unwrap().render(context! { zh => false, view }).unwrap();
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"), "{page}");
    }
}
