//! What an account may do, where it is at home, and its end.

use clap::{Args, Subcommand};
use ledger_core::id::{AccountId, OrganisationId, ProgrammeCode};
use ledger_core::transaction::account::{
    CloseAccount, Freeze, MoveHome, Rest, SetLegalGuardian, SetProgrammes, Unfreeze,
};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    LegalGuardian(LegalGuardian),
    SetProgrammes(SetProgrammesArguments),
    Move(Move),
    Freeze(Named),
    Unfreeze(Named),
    Close(Close),
}

#[derive(Debug, Args)]
pub(crate) struct LegalGuardian {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>, required_unless_present = "of_age")]
    guardian: Option<AccountId>,
    #[arg(long, conflicts_with = "guardian")]
    of_age: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetProgrammesArguments {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
    #[arg(value_name = "CODE", value_parser = parse::<ProgrammeCode>, required_unless_present = "none")]
    programmes: Vec<ProgrammeCode>,
    #[arg(long, conflicts_with = "programmes")]
    none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Move {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "STREET", value_parser = parse::<OrganisationId>)]
    to: OrganisationId,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
}

#[derive(Debug, Args)]
pub(crate) struct Close {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
    #[arg(long, value_parser = parse::<Rest>)]
    rest: Rest,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::LegalGuardian(arguments) => session.perform(SetLegalGuardian {
            account: arguments.account,
            guardian: arguments.guardian,
        }),
        Command::SetProgrammes(arguments) => {
            let mut programmes = arguments.programmes;
            programmes.sort();
            session.perform(SetProgrammes {
                account: arguments.account,
                programmes,
            })
        }
        Command::Move(arguments) => session.perform(MoveHome {
            account: session.account(arguments.account)?,
            new_home: arguments.to,
        }),
        Command::Freeze(Named { account }) => session.perform(Freeze { account }),
        Command::Unfreeze(Named { account }) => session.perform(Unfreeze { account }),
        Command::Close(Close { account, rest }) => session.perform(CloseAccount { account, rest }),
    }
}
