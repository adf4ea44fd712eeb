//! Explanations of what concerns an account and its holder: opening and closing, keys, kin, proxies, guardians.

use ledger_core::message::Arguments;
use ledger_core::transaction::account::{
    AppointProxy, CloseAccount, Freeze, LinkKin, MoveHome, OpenAccount, OpenGroup, Rest,
    RevokeProxy, RotateKey, SetKinAllowance, SetLegalGuardian, SetMembers, SetProgrammes, Unfreeze,
    UnlinkKin,
};
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};

use super::sheet::Sheet;

pub(super) fn open_account(sheet: &mut Sheet, open: &OpenAccount) {
    let OpenAccount {
        home,
        key,
        identity,
        legal_guardian,
    } = open;
    sheet.office("home", *home);
    sheet.optional("key", "no-key", *key, |_, key| key.to_string());
    sheet.plain("identity", identity);
    sheet.optional("legal_guardian", "adult", *legal_guardian, |_, guardian| {
        guardian.to_string()
    });
}

pub(super) fn rotate_key(sheet: &mut Sheet, rotate: &RotateKey) {
    let RotateKey { account, new_key } = rotate;
    sheet.account("account", *account);
    sheet.plain("new_key", new_key);
    sheet.warn("old_key_ends");
}

pub(super) fn link_kin(sheet: &mut Sheet, link: &LinkKin) {
    let LinkKin {
        account,
        kin,
        relation,
    } = link;
    sheet.account("account", *account);
    sheet.account("kin", *kin);
    sheet.word("relation", relation);
}

pub(super) fn unlink_kin(sheet: &mut Sheet, unlink: &UnlinkKin) {
    let UnlinkKin { account, kin } = unlink;
    sheet.account("account", *account);
    sheet.account("kin", *kin);
}

pub(super) fn set_kin_allowance(sheet: &mut Sheet, set: &SetKinAllowance) {
    let SetKinAllowance {
        payer,
        kin,
        minutes_per_month,
        last_day,
    } = set;
    sheet.account("payer", *payer);
    sheet.account("kin", *kin);
    sheet.minutes("minutes_per_month", *minutes_per_month);
    sheet.day("last_day", *last_day);
    if minutes_per_month.is_zero() {
        sheet.says("set_kin_allowance-none");
    } else {
        sheet.warn("spends_without_asking");
    }
}

pub(super) fn appoint_proxy(sheet: &mut Sheet, appoint: &AppointProxy) {
    let AppointProxy {
        principal,
        proxy,
        scope,
        minutes_per_month,
        last_day,
    } = appoint;
    sheet.account("principal", *principal);
    sheet.line("proxy", sheet.proxy(*proxy));
    sheet.word("proxy_scope", scope);
    sheet.minutes("minutes_per_month", *minutes_per_month);
    sheet.day("last_day", *last_day);
    sheet.warn("spends_without_asking");
}

pub(super) fn revoke_proxy(sheet: &mut Sheet, revoke: &RevokeProxy) {
    let RevokeProxy { principal, proxy } = revoke;
    sheet.account("principal", *principal);
    sheet.line("proxy", sheet.proxy(*proxy));
}

pub(super) fn set_legal_guardian(sheet: &mut Sheet, set: &SetLegalGuardian) {
    let SetLegalGuardian { account, guardian } = set;
    sheet.account("account", *account);
    sheet.optional("legal_guardian", "adult", *guardian, |_, guardian| {
        guardian.to_string()
    });
}

pub(super) fn open_group(sheet: &mut Sheet, open: &OpenGroup) {
    let OpenGroup { home, key } = open;
    sheet.office("home", *home);
    sheet.plain("key", key);
}

pub(super) fn set_members(sheet: &mut Sheet, set: &SetMembers) {
    let SetMembers { group, add, remove } = set;
    sheet.account("group", *group);
    sheet.list("joining", add, |_, account| account.to_string());
    sheet.list("leaving", remove, |_, account| account.to_string());
}

pub(super) fn set_programmes(sheet: &mut Sheet, set: &SetProgrammes) {
    let SetProgrammes {
        account,
        programmes,
    } = set;
    sheet.account("account", *account);
    sheet.line("programmes", sheet.programmes(programmes));
    sheet.warn("replaces");
}

pub(super) fn move_home(sheet: &mut Sheet, move_home: &MoveHome) {
    let MoveHome { account, new_home } = move_home;
    sheet.account("account", *account);
    sheet.office("new_home", *new_home);
}

pub(super) fn freeze(sheet: &mut Sheet, freeze: &Freeze) {
    let Freeze { account } = freeze;
    sheet.account("account", *account);
}

pub(super) fn unfreeze(sheet: &mut Sheet, unfreeze: &Unfreeze) {
    let Unfreeze { account } = unfreeze;
    sheet.account("account", *account);
}

pub(super) fn close_account(sheet: &mut Sheet, close: &CloseAccount) {
    let CloseAccount { account, rest } = close;
    sheet.account("account", *account);
    let to = |account| Arguments::NONE.text("account", account);
    let text = match rest {
        Rest::Kin(kin) => sheet.message("rest-kin", &to(*kin)),
        Rest::Estate(heir) => sheet.message("rest-estate", &to(*heir)),
        Rest::Donation => sheet.message("rest-donation", &Arguments::NONE),
    };
    sheet.line("rest", text);
    sheet.warn("closes");
}

pub(super) fn set_guardians(sheet: &mut Sheet, set: &SetGuardians) {
    let SetGuardians {
        account,
        guardians,
        threshold,
        delay_ms,
    } = set;
    sheet.account("account", *account);
    sheet.list("guardians", guardians, |sheet, guardian| {
        sheet.guardian(*guardian)
    });
    sheet.plain("threshold", threshold);
    sheet.line("delay", sheet.span(*delay_ms));
    if guardians.is_empty() {
        sheet.says("set_guardians-none");
        sheet.warn("no_guardians");
    } else {
        sheet.warn("guardians");
    }
}

pub(super) fn start_recovery(sheet: &mut Sheet, start: &StartRecovery) {
    let StartRecovery { account, new_key } = start;
    sheet.account("account", *account);
    sheet.plain("new_key", new_key);
    sheet.warn("recovery");
}

pub(super) fn cancel_recovery(sheet: &mut Sheet, cancel: &CancelRecovery) {
    let CancelRecovery { account } = cancel;
    sheet.account("account", *account);
}

pub(super) fn finish_recovery(sheet: &mut Sheet, finish: &FinishRecovery) {
    let FinishRecovery { account } = finish;
    sheet.account("account", *account);
}
