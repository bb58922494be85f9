//! One file's text to one module's text: parse, lower decorators, strip TypeScript, compile JSX,
//! apply defines, print as ASCII with a source map. Syntax V8 knows is left as written.
//!
//! Never reads files and never resolves specifiers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::errors::{HANDLER, Handler};
use swc_core::common::sync::Lrc;
use swc_core::common::{
    FileName, GLOBALS, Globals, Mark, SourceFile, SourceMap, Spanned, SyntaxContext,
};
use swc_core::ecma::ast::*;
use swc_core::ecma::parser::error::{Error, SyntaxError};
use swc_core::ecma::parser::{
    Syntax, TsSyntax, parse_file_as_commonjs, parse_file_as_module, parse_file_as_script,
};
use swc_core::ecma::transforms::base::fixer::fixer;
use swc_core::ecma::transforms::base::helpers::{HELPERS, Helpers, inject_helpers};
use swc_core::ecma::transforms::base::hygiene::hygiene;
use swc_core::ecma::transforms::base::resolver;
use swc_core::ecma::transforms::proposal::decorator_2023_11::decorator_2023_11;
use swc_core::ecma::transforms::proposal::decorators::{Config as Legacy, decorators};
use swc_core::ecma::transforms::typescript::{
    Config as StripConfig, ImportsNotUsedAsValues, TsImportExportAssignConfig, TsxConfig, tsx,
    typescript,
};
use swc_core::ecma::visit::VisitMutWith;

use super::define::Defines;
use super::facade::{MODULE, REQUIRE};
use super::fields::AssignFields;
use super::hoist;
use super::jsx;
use super::liveness::{self, Facts};
use super::namespaces::JoinNamespaces;
use super::nesting;
use super::outcome::{Failure, Output, Refusal, TypeName};
use super::passes::{
    DropAttributes, KeepEnums, MarkTypes, SettleHelpers, has_decorators, has_observable_spelling,
};
use super::print::print;
use super::replaced::FollowReplacement;
use super::settings::{Jsx, Language, Settings, UnusedImports};
use super::shape::{self, Format, Shape};
use super::source_map;
use super::specifier::in_package;
use super::type_imports;
use super::verbatim;

use refusal::Refusals;

/// What is transpiled and how.
pub(super) struct Input<'a> {
    /// The module's URL, written into the source map.
    pub url: &'a str,
    /// Without a byte order mark.
    pub source: &'a str,
    pub settings: &'a Settings,
    pub define: &'a BTreeMap<String, String>,
    /// Names that turned out to be types of the module they come from.
    pub types: &'a BTreeSet<TypeName>,
    pub goal: Goal,
}

/// What the text must be by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A module, or CommonJS: one file of a project.
    File,
    /// A classic script, which no project has.
    Script,
}

/// Transpiles one file.
///
/// # Errors
/// [`Failure::Refused`] holds the syntax errors that the parser could find.
pub(super) fn transpile(input: &Input<'_>) -> Result<Output, Failure> {
    let map: Lrc<SourceMap> = Lrc::default();
    let name = FileName::Custom(input.url.to_owned());
    let file = map.new_source_file(Lrc::new(name), input.source.to_owned());
    let refusals = Refusals::default();
    let handler = Handler::with_emitter(false, false, Box::new(refusals.clone()));
    let result = nesting::with_stack(&map, &file, || {
        GLOBALS.set(&Globals::new(), || {
            HELPERS.set(&Helpers::new(false), || {
                HANDLER.set(&handler, || run(input, &map, &file))
            })
        })
    });
    let refused = refusals.take();
    if refused.is_empty() {
        return result;
    }
    let refused = refused
        .into_iter()
        .map(|(text, span)| Refusal::new(&map, text, span));
    Err(Failure::refused(refused.collect()))
}

fn run(input: &Input<'_>, map: &Lrc<SourceMap>, file: &SourceFile) -> Result<Output, Failure> {
    let comments = SingleThreadedComments::default();
    let mut program = parse(input, map, file, &comments)?;
    nesting::check(&program, map)?;
    let settings = input.settings;
    let unresolved = Mark::new();
    let top_level = Mark::new();
    let start = file.start_pos;
    let mut reading = liveness::Source::new(input.source, &comments, start, unresolved);

    let mut defines = Defines::new(input.define, input.source, unresolved);
    let is_own = !in_package(Path::new(input.url));
    let mut is_resolved = false;
    if settings.language == Language::JavaScript
        && !settings.always_print
        && !verbatim::has_foreign_syntax(&program)
    {
        program.mutate(resolver(unresolved, top_level, false));
        is_resolved = true;
        if is_own && input.goal == Goal::File {
            refusal::check(&program, map, false)?;
        }
        defines.apply(&mut program);
        let source = match input.goal {
            Goal::File if is_own && hoist::is_read_early(&program) => None,
            Goal::File => hoist::in_text(input.source, &program, start),
            Goal::Script => Some(input.source.to_owned()),
        };
        if let Some(source) = source
            && let Some(text) = verbatim::text(source, &comments, start, &defines)
        {
            let (shape, places) = shape::read(&program, map, unresolved);
            let facts = liveness::in_source(&program, &reading, &shape, &places);
            return Ok(finish(text, Vec::new(), shape, facts));
        }
    }
    if let Program::Module(module) = &mut program {
        if !input.types.is_empty() {
            module.visit_mut_with(&mut MarkTypes(input.types));
        }
        // A declared name has no value here, so it must not hide a free one: defines are declared
        // so.
        module.body.retain(|item| !is_declaration_only(item));
    }
    if !is_resolved {
        program.mutate(resolver(unresolved, top_level, settings.is_typescript()));
    }
    let mut types_used = Vec::new();
    if input.goal == Goal::File {
        if is_own {
            refusal::check(&program, map, settings.is_typescript())?;
        }
        if is_own && settings.is_typescript() {
            types_used = type_imports::used_as_values(&program, map);
        }
        hoist::variables_in_tree(&mut program);
    }
    defines.apply(&mut program);
    // The passes cost more than the search.
    if settings.legacy_decorators && has_decorators(&program) {
        program.visit_mut_with(&mut FollowReplacement);
        program.mutate(decorators(Legacy {
            legacy: true,
            emit_metadata: false,
            use_define_for_class_fields: settings.define_fields,
        }));
    }
    // `accessor` fields are lowered by this pass only.
    if has_decorators(&program) {
        program.mutate(decorator_2023_11());
    }
    if !settings.define_fields {
        program.visit_mut_with(&mut AssignFields);
    }
    reading.jsx = jsx::places(&program);
    let jsx = (!reading.jsx.is_empty()).then(|| jsx::chosen(&settings.jsx, &comments));
    strip_types(
        &mut program,
        settings,
        jsx.as_ref(),
        map,
        &comments,
        unresolved,
        top_level,
    );
    if let Some(jsx) = &jsx {
        jsx::lower(&mut program, jsx, map, top_level, unresolved);
    }

    // The passes before know classes only as declarations.
    if input.goal == Goal::File {
        hoist::in_tree(&mut program, input.url);
    }
    liveness::split(&mut program);
    let (mut shape, places) = shape::read(&program, map, unresolved);
    shape.types_used = types_used;
    let facts = liveness::in_tree(&program, &reading, &shape, &places);
    program.visit_mut_with(&mut DropAttributes);
    program.mutate(inject_helpers(unresolved));
    let helpers = SyntaxContext::empty().apply_mark(HELPERS.with(Helpers::mark));
    program.visit_mut_with(&mut SettleHelpers { helpers });
    program.mutate((hygiene(), fixer(None)));
    // The body of a function must not start so.
    match &mut program {
        Program::Module(module) => module.shebang = None,
        Program::Script(script) => script.shebang = None,
    }
    let printed = print(&program, map, !has_observable_spelling(&program));
    let facts = liveness::printed(facts, &program, &printed.items);
    let map = source_map::encode(input.url, input.source, start, &printed.mappings);
    Ok(finish(printed.text, map, shape, facts))
}

fn finish(mut text: String, map: Vec<u8>, shape: Shape, facts: Facts) -> Output {
    // At the end no line moves; imports are hoisted.
    if shape.format.is_module() && shape.uses_require {
        text.push_str(&format!("\nimport require from \"{REQUIRE}\";\n"));
    }
    if shape.format == Format::Mixed {
        let used = [
            ("module", shape.uses_module),
            ("exports", shape.uses_exports),
        ];
        for (name, _) in used.iter().filter(|(_, is_used)| *is_used) {
            text.push_str(&format!("\nimport {{ {name} }} from \"{MODULE}\";\n"));
        }
    }
    Output {
        text,
        map,
        shape,
        facts,
    }
}

fn parse(
    input: &Input<'_>,
    map: &SourceMap,
    file: &SourceFile,
    comments: &SingleThreadedComments,
) -> Result<Program, Failure> {
    let syntax = input.settings.language.syntax();
    let target = EsVersion::EsNext;
    let mut errors = Vec::new();
    let parsed = match input.goal {
        Goal::File => parse_file_as_module(file, syntax, target, Some(comments), &mut errors)
            .map(Program::Module),
        Goal::Script => parse_file_as_script(file, syntax, target, Some(comments), &mut errors)
            .map(Program::Script),
    };
    if input.goal == Goal::Script {
        errors.retain(|error| !is_for_v8(error));
    }
    let fatal = match parsed {
        Ok(program) if errors.is_empty() => return Ok(program),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    errors.extend(fatal);
    // What strict code forbids, CommonJS may contain.
    if input.settings.language == Language::JavaScript && input.goal == Goal::File {
        let mut more = Vec::new();
        let script = parse_file_as_commonjs(file, syntax, target, Some(comments), &mut more);
        if let Ok(script) = script
            && more.iter().all(is_for_v8)
        {
            return Ok(Program::Script(script));
        }
    }
    if let Some(first) = errors.first()
        && input.settings.language == Language::TypeScript
        && is_typescript_with_jsx(file)
    {
        let message = "JSX is for files whose names end in `.tsx`".to_owned();
        let refusal = Refusal::new(map, message, Some(first.span()));
        return Err(Failure::Refused(vec![refusal]));
    }
    let refused = errors
        .iter()
        .map(|error| Refusal::new(map, error.kind().msg().into_owned(), Some(error.span())));
    Err(Failure::refused(refused.collect()))
}

/// Whether a file that is no TypeScript would be with another name.
fn is_typescript_with_jsx(file: &SourceFile) -> bool {
    let syntax = Syntax::Typescript(TsSyntax {
        tsx: true,
        decorators: true,
        ..Default::default()
    });
    let mut errors = Vec::new();
    let parsed = parse_file_as_module(file, syntax, EsVersion::EsNext, None, &mut errors);
    parsed.is_ok() && errors.is_empty()
}

/// What only looks wrong: sloppy code may contain `if (x) function f() {}`, and V8 knows where not.
fn is_for_v8(error: &Error) -> bool {
    matches!(error.kind(), SyntaxError::DeclNotAllowed)
}

/// Whether the item only tells the type checker something: `declare const X`, `declare global {}`.
fn is_declaration_only(item: &ModuleItem) -> bool {
    let declaration = match item {
        ModuleItem::Stmt(Stmt::Decl(declaration)) => declaration,
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => &export.decl,
        _ => return false,
    };
    match declaration {
        Decl::Class(class) => class.declare,
        Decl::Fn(function) => function.declare,
        Decl::Var(variables) => variables.declare,
        Decl::TsEnum(enumeration) => enumeration.declare,
        Decl::TsModule(module) => module.declare || module.global,
        Decl::Using(_) | Decl::TsInterface(_) | Decl::TsTypeAlias(_) => false,
    }
}

fn strip_types(
    program: &mut Program,
    settings: &Settings,
    jsx: Option<&Jsx>,
    map: &Lrc<SourceMap>,
    comments: &SingleThreadedComments,
    unresolved: Mark,
    top_level: Mark,
) {
    if !settings.is_typescript() {
        return;
    }
    program.visit_mut_with(&mut JoinNamespaces::new(unresolved));
    program.visit_mut_with(&mut KeepEnums);
    let config = StripConfig {
        verbatim_module_syntax: settings.unused_imports == UnusedImports::KeepAll,
        import_not_used_as_values: match settings.unused_imports {
            UnusedImports::Remove => ImportsNotUsedAsValues::Remove,
            _ => ImportsNotUsedAsValues::Preserve,
        },
        native_class_properties: true,
        import_export_assign_config: TsImportExportAssignConfig::Classic,
        ..Default::default()
    };
    match jsx {
        // The factory is used by code that does not exist yet: its import must be kept.
        Some(Jsx::Classic { factory, fragment }) => {
            let names = TsxConfig {
                pragma: Some(factory.clone().into()),
                pragma_frag: Some(fragment.clone().into()),
            };
            let map = map.clone();
            program.mutate(tsx(map, config, names, comments, unresolved, top_level));
        }
        _ => program.mutate(typescript(config, unresolved, top_level)),
    }
}

mod refusal;
#[cfg(test)]
mod tests;
