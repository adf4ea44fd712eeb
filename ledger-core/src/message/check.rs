//! What makes two catalogues one: the same messages, attributes and variables in both languages.
//!
//! The tests of every crate that has messages of its own hold them to this.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// What a Fluent text defines: for each message, and each `message.attribute`, the variables it shows.
pub type Definitions = BTreeMap<String, BTreeSet<String>>;

/// What `source` defines. Variables of messages it refers to count as its own when those are in `source` too.
///
/// # Errors
/// The parser's complaints, when `source` is not Fluent, and the functions it calls that do not exist.
pub fn definitions(source: &str) -> Result<Definitions, String> {
    let resource = fluent_syntax::parser::parse(source).map_err(|(_, errors)| {
        let lines = errors.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>().join("; ")
    })?;
    let mut found = Definitions::new();
    let mut references: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let own = message.value.iter().map(|value| (None, value));
        let attributes = message
            .attributes
            .iter()
            .map(|attribute| (Some(attribute.id.name), &attribute.value));
        for (attribute, pattern) in own.chain(attributes) {
            let name = match attribute {
                None => message.id.name.to_owned(),
                Some(attribute) => format!("{}.{attribute}", message.id.name),
            };
            let mut uses = Uses::default();
            uses.pattern(pattern);
            if let Some(unknown) = uses.functions.iter().find(|it| !known(it)) {
                return Err(format!("`{name}` calls {unknown}, which does not exist"));
            }
            found.insert(name.clone(), uses.variables);
            references.insert(name, uses.messages);
        }
    }
    for (name, messages) in references {
        let borrowed: BTreeSet<String> = messages
            .iter()
            .filter_map(|message| found.get(message))
            .flatten()
            .cloned()
            .collect();
        found.entry(name).or_default().extend(borrowed);
    }
    Ok(found)
}

/// Every way in which the Chinese and the English text do not match; empty when they do.
pub fn differences(chinese: &str, english: &str) -> Vec<String> {
    let parsed = definitions(chinese).and_then(|zh| Ok((zh, definitions(english)?)));
    let (chinese, english) = match parsed {
        Ok(both) => both,
        Err(error) => return vec![error],
    };
    let names: BTreeSet<&String> = chinese.keys().chain(english.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (chinese.get(name), english.get(name)) {
            (Some(zh), Some(en)) if zh == en => None,
            (Some(zh), Some(en)) => Some(format!(
                "`{name}` shows {zh:?} in Chinese and {en:?} in English"
            )),
            (None, _) => Some(format!("`{name}` is missing in Chinese")),
            (_, None) => Some(format!("`{name}` is missing in English")),
        })
        .collect()
}

#[derive(Default)]
struct Uses {
    variables: BTreeSet<String>,
    messages: BTreeSet<String>,
    functions: BTreeSet<String>,
}

fn known(function: &str) -> bool {
    super::function::FUNCTIONS.contains(&function)
}

impl Uses {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.messages.insert(id.name.to_owned());
            }
            InlineExpression::FunctionReference { id, arguments } => {
                self.functions.insert(id.name.to_owned());
                for argument in &arguments.positional {
                    self.inline(argument);
                }
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. }
            | InlineExpression::NumberLiteral { .. }
            | InlineExpression::TermReference { .. } => {}
        }
    }
}
