//! The command line. `node …` is the node's own command line: this program starts itself anew as each node's process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::message::{Arguments, Language};
use ledger_core::time::TimestampMs;

use crate::audit;
use crate::bench;
use crate::chaos;
use crate::demo;
use crate::load::Load;
use crate::network::{Network, TRIAL_NODE};
use crate::say::{Voice, count, grouped};
use crate::{city, nanjing, network, records, replay};

/// How many offices a trial has.
const OFFICES: usize = 4;
/// How long the nodes may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs the command line `arguments`, the program's name first.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let first = arguments.get(1).and_then(|argument| argument.to_str());
    if let Some("node" | TRIAL_NODE) = first {
        if first == Some(TRIAL_NODE) {
            network::stop_with_parent();
        }
        let own = std::iter::once(OsString::from("timebank-node"));
        return timebank_node::command::run(own.chain(arguments.into_iter().skip(2)));
    }
    let language = language(&arguments);
    let mut voice = Voice::new(language);
    let matches = match command(&voice).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => error.exit(),
    };
    let outcome = match matches.subcommand() {
        // The only one with more to say by its exit code than whether it failed.
        Some(("chaos", matches)) => chaos::run(matches, &arguments, &mut voice),
        _ => execute(&matches, &mut voice).map(|()| ExitCode::SUCCESS),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            voice.say(
                "failed",
                &Arguments::NONE.text("reason", format!("{error:#}")),
            );
            ExitCode::FAILURE
        }
    }
}

fn command(voice: &Voice) -> Command {
    let about = |id: &str| voice.text(id, &Arguments::NONE);
    let directory = || {
        Arg::new("directory")
            .long("directory")
            .value_parser(value_parser!(PathBuf))
            .help(about("about-directory"))
    };
    let flag = |name: &'static str, about: String| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(about)
    };
    Command::new("timebank-testnet")
        .about(about("about"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_parser(["zh", "en"])
                .help(about("about-lang")),
        )
        .subcommand(
            Command::new("demo")
                .about(about("about-demo"))
                .arg(directory()),
        )
        .subcommand(Command::new("up").about(about("about-up")).arg(directory()))
        .subcommand(
            Command::new("generate")
                .about(about("about-generate"))
                .arg(
                    Arg::new("what")
                        .required(true)
                        .value_parser(["nanjing", "records"])
                        .help(about("about-what")),
                )
                .arg(
                    Arg::new("output")
                        .long("output")
                        .short('o')
                        .value_parser(value_parser!(PathBuf))
                        .help(about("about-output")),
                )
                .arg(
                    Arg::new("seed")
                        .long("seed")
                        .default_value("1")
                        .value_parser(value_parser!(u64))
                        .help(about("about-seed")),
                ),
        )
        .subcommand(
            Command::new("replay")
                .about(about("about-replay"))
                .arg(
                    Arg::new("file")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help(about("about-file")),
                )
                .arg(flag("audit", about("about-audit")))
                .arg(flag("hold", about("about-hold")))
                .arg(directory()),
        )
        .subcommand(bench::command(voice, &directory()))
        .subcommand(chaos::command(voice))
}

/// The language to speak: `--lang`, or else the locale's.
fn language(arguments: &[OsString]) -> Language {
    let texts: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .collect();
    let after = texts
        .windows(2)
        .find(|pair| pair[0] == "--lang")
        .map(|pair| pair[1]);
    let chosen = after.or_else(|| texts.iter().find_map(|text| text.strip_prefix("--lang=")));
    if let Some(chosen) = chosen {
        return Language::of_locale(chosen);
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    set.into_iter()
        .find(|value| !value.is_empty())
        .map_or(Language::English, |value| Language::of_locale(&value))
}

fn execute(matches: &ArgMatches, voice: &mut Voice) -> Result<()> {
    match matches.subcommand() {
        Some(("demo", matches)) => in_directory(matches, |directory| {
            demo::run(directory, &std::env::current_exe()?, now_ms()?, voice)
        }),
        Some(("up", matches)) => in_directory(matches, |directory| up(directory, voice)),
        Some(("generate", matches)) => generate(matches, voice),
        Some(("bench", matches)) => {
            if let Some(done) = bench::run_aside(matches, now_ms()?, voice) {
                return done;
            }
            let inner = matches.subcommand().map_or(matches, |(_, inner)| inner);
            in_directory(inner, |directory| {
                bench::run(matches, directory, now_ms()?, voice)
            })
        }
        Some(("replay", matches)) => {
            let file = matches
                .get_one::<PathBuf>("file")
                .expect("clap asks for it");
            in_directory(matches, |directory| {
                let network = run_replay(file, directory, voice)?;
                if matches.get_flag("audit") {
                    audit::replay(&network, directory, voice)?;
                }
                if matches.get_flag("hold") {
                    hold(directory, &network, voice)?;
                }
                Ok(())
            })
        }
        _ => unreachable!("clap asks for a subcommand"),
    }
}

/// Runs `work` in the directory asked for, or in a temporary one that is removed afterwards.
fn in_directory(matches: &ArgMatches, work: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    match matches.get_one::<PathBuf>("directory") {
        Some(directory) => {
            fs::create_dir_all(directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
            work(&fs::canonicalize(directory)?)
        }
        None => {
            let temporary = tempfile::Builder::new().prefix("timebank-").tempdir()?;
            work(temporary.path())
        }
    }
}

fn now_ms() -> Result<TimestampMs> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(TimestampMs(u64::try_from(since.as_millis())?))
}

fn generate(matches: &ArgMatches, voice: &Voice) -> Result<()> {
    let what = matches.get_one::<String>("what").map_or("", String::as_str);
    let seed = *matches.get_one::<u64>("seed").expect("it has a default");
    let default = PathBuf::from(format!("{what}.csv"));
    let path = matches.get_one::<PathBuf>("output").unwrap_or(&default);
    if what == "records" {
        let text = records::generate(seed);
        fs::write(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        let lines = count(text.lines().count());
        voice.say(
            "generate-records-written",
            &Arguments::NONE
                .text("path", path.display())
                .number("lines", lines),
        );
        return Ok(());
    }
    let load = nanjing::generate(seed);
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    load.write(&mut out)?;
    out.flush()?;
    let arguments = Arguments::NONE
        .text("path", path.display())
        .text("orders", grouped(count(load.orders.len())))
        .text("minutes", grouped(load.minutes()));
    voice.say("generate-written", &arguments);
    Ok(())
}

/// Drives a load through a network; the network, still running.
fn run_replay(file: &Path, directory: &Path, voice: &mut Voice) -> Result<Network> {
    let input = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let load =
        Load::read(&mut BufReader::new(input)).with_context(|| file.display().to_string())?;
    let arguments = Arguments::NONE
        .text("path", file.display())
        .text("orders", grouped(count(load.orders.len())))
        .text("minutes", grouped(load.minutes()))
        .text("volunteers", grouped(count(load.volunteers.len())))
        .text("elders", grouped(count(load.elders.len())));
    voice.say("replay-read", &arguments);
    let offices = OFFICES.min(load.streets.len());
    let genesis = replay::genesis(&load, now_ms()?, offices);
    let mut network = Network::prepare(directory, &std::env::current_exe()?, genesis, offices)?;
    network.start_all()?;
    network.wait_ready(START_TIMEOUT)?;
    replay::run(&load, &network, voice)?;
    Ok(network)
}

/// Leaves `network` running until it is interrupted, with a configuration to ask it.
fn hold(directory: &Path, network: &Network, voice: &mut Voice) -> Result<()> {
    let configuration = write_profile(directory, network)?;
    voice.line(&format!(
        "  timebank --config {} audit replay",
        configuration.display()
    ));
    voice.say("up-stop", &Arguments::NONE);
    interrupted()
}

/// Returns at Ctrl-C.
fn interrupted() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(tokio::signal::ctrl_c())?)
}

/// Writes a configuration for `timebank`: every node, whom to trust, and a wallet of its own in `directory`; its path.
fn write_profile(directory: &Path, network: &Network) -> Result<PathBuf> {
    let nodes: Vec<String> = (0..network.len())
        .map(|index| format!("{:?}", network.url(index)))
        .collect();
    let nodes = nodes.join(", ");
    let text = format!(
        "default = \"trial\"\n\n[profile.trial]\nnodes = [{nodes}]\ngenesis = \"office-1/genesis.json\"\n\
         wallet = \"wallet\"\nstate = \"state\"\n"
    );
    let path = directory.join("config.toml");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Leaves a network running until it is interrupted.
fn up(directory: &Path, voice: &mut Voice) -> Result<()> {
    let mut network = Network::prepare(
        directory,
        &std::env::current_exe()?,
        demo::genesis(now_ms()?),
        OFFICES,
    )?;
    demo::start(&mut network, voice)?;
    let residents = demo::populate(&mut network, voice)?;
    voice.say(
        "up-running",
        &Arguments::NONE.text("directory", directory.display()),
    );
    let account = residents.account("V01");
    let url = network.url(0);
    let key = directory.join(format!("office/keys/{account}.key"));
    let configuration = write_profile(directory, &network)?;
    let base = format!(
        "cargo run --release -p timebank -- --config {}",
        configuration.display()
    );
    let show = |voice: &mut Voice, lines: &[String]| {
        for line in lines {
            voice.line(&format!("  {base} {line}"));
        }
    };
    let asked = [
        "status".to_owned(),
        "org list".to_owned(),
        "supply".to_owned(),
        format!("account show {account}"),
        format!("account history {account}"),
        format!(
            "donate 320102:donation 15 --from {account} --sign-as {account}={}",
            key.display()
        ),
    ];
    show(voice, &asked);
    voice.line(&format!("  curl {url}/v1/status"));
    voice.say("up-wallet", &Arguments::NONE);
    let staff = directory.join("office/staff");
    let document = directory.join("open.json");
    let (staff, document) = (staff.display(), document.display());
    let (street, _) = demo::people::OFFICES[0];
    let registrar = city::staff_id(street, city::street_staff::REGISTRAR);
    let registry = city::staff_id(city::CITY, city::city_staff::REGISTRY);
    let key_of = |staff_id: ledger_core::id::StaffId| {
        let (office, number) = (staff_id.organisation.0, staff_id.number);
        format!("--sign-as {office}/{number}={staff}/{office}-{number}.key")
    };
    let opened = [
        "wallet new".to_owned(),
        format!(
            "account open --home {} --identity {} --holder-key PUBLIC_KEY --document {document} {} {}",
            street.0,
            city::identity("a newcomer"),
            key_of(registrar),
            key_of(registry),
        ),
        format!("sign {document}"),
        format!("submit {document}"),
        "wallet attach ACCOUNT".to_owned(),
        "wallet balance".to_owned(),
    ];
    show(voice, &opened);
    voice.say("up-stop", &Arguments::NONE);
    interrupted()?;
    voice.say("up-stopping", &Arguments::NONE);
    for index in 0..network.len() {
        network.stop(index)?;
    }
    Ok(())
}
