//! The message that asks whether a resolution helped, in the customer's language as far as we speak it.

/// What the message tells.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeQuestion<'a> {
    /// The customer's language tag, where known.
    pub locale: Option<&'a str>,
    /// The customer's name.
    pub name: &'a str,
    /// What the feedback was about, where said.
    pub subject: Option<&'a str>,
    /// What was found and done.
    pub resolution: &'a str,
    /// The page on which to answer.
    pub url: &'a str,
}

impl OutcomeQuestion<'_> {
    /// Subject and text. Both links lead to the same question; neither answers it, because mail programs open links by themselves.
    pub fn message(&self) -> (String, String) {
        let Self { locale, name, subject, resolution, url } = *self;
        if locale.is_some_and(|locale| locale == "zh" || locale.starts_with("zh-")) {
            let about = subject.map_or_else(String::new, |subject| format!("：{subject}"));
            let text = format!(
                "{name}，您好！\n\n关于您的反馈{about}，我们的处理结果如下：\n\n{resolution}\n\n\
                 问题解决了吗？\n\n已解决：{url}?helped=true\n未解决：{url}?helped=false\n\n如果您没有回复，我们将视为问题已经解决。\n"
            );
            return (format!("问题解决了吗？{}", subject.unwrap_or_default()), text);
        }
        let about = subject.map_or_else(String::new, |subject| format!(", “{subject}”"));
        let text = format!(
            "Hello {name},\n\nthis is what we have done about your feedback{about}:\n\n{resolution}\n\n\
             Did it help?\n\nYes: {url}?helped=true\nNo: {url}?helped=false\n\nIf we do not hear from you, we take it that it did.\n"
        );
        (format!("Did it help? {}", subject.unwrap_or_default()).trim_end().to_owned(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_the_customers_language() {
        let question = OutcomeQuestion { locale: None, name: "Mei", subject: Some("Two pages"), resolution: "Sent.", url: "https://a/x" };
        let (subject, text) = question.message();
        assert_eq!(subject, "Did it help? Two pages");
        assert!(text.contains("Hello Mei,") && text.contains("“Two pages”:\n\nSent.\n\n"), "{text}");
        assert!(text.contains("Yes: https://a/x?helped=true\nNo: https://a/x?helped=false\n"), "{text}");
        assert_eq!(OutcomeQuestion { subject: None, ..question }.message().0, "Did it help?");
        for (locale, is_chinese) in [("zh-CN", true), ("zh", true), ("en-GB", false), ("zhx", false)] {
            let (subject, text) = OutcomeQuestion { locale: Some(locale), ..question }.message();
            assert_eq!((subject.starts_with("问题解决了吗"), text.contains("Mei，您好")), (is_chinese, is_chinese), "{locale}");
        }
    }
}
