//! Demand on paper: heat maps and tables in Chinese and English, a table for spreadsheet programs, and the map as a picture.

use ledger_core::id::OrganisationId;
use ledger_core::message::{Arguments, Language};
use maud::{Markup, html};
use timebank_print::page::{note, paragraph, section};
use timebank_print::sheet::sheet;
use timebank_print::table::cell;
use timebank_print::{Chart, Column, Heat, HeatRow, Page, Paper, Table, Tone, Unit, chart, figure};

use super::cube::PEOPLE_MIN;
use super::{Along, Demand};
use crate::sentence::{label, say};

/// The most services whose columns fit on an upright sheet.
const SERVICES_UPRIGHT_MAX: usize = 9;

/// A demand table for readers: of all streets, or of one district's.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'d> {
    /// The table.
    pub demand: &'d Demand,
    /// Only this district's streets.
    pub district: Option<OrganisationId>,
}

impl Shown<'_> {
    /// The page in a language.
    pub fn page(&self, language: Language) -> String {
        let about = self.about();
        let people = Arguments::NONE.number("people", PEOPLE_MIN);
        let parts = [
            ("demand-streets", self.streets(language)),
            ("demand-services", self.services(language)),
        ];
        let map = |(title, (rows, _)): &(&str, (Vec<HeatRow>, u64))| {
            let chart = Chart {
                language,
                title: &label(language, title),
                unit: Unit::Count,
            };
            chart::heat_map(&chart, &self.weeks(), rows)
        };
        let nothing = parts.iter().all(|(_, (_, found))| *found == 0);
        // The weeks' sums over all streets are the city's, not a district's.
        let shown = if self.district.is_some() { 1 } else { 2 };
        let body = html! {
            @if nothing { (paragraph(&label(language, "demand-none"))) }
            @else { @for part in parts.iter().take(shown) { (map(part)) } }
            // After the map, which on a sheet on its side would not fit below.
            (note(Tone::Plain, &say(language, "demand-note", &people)))
            @if !nothing {
                (section(&label(language, "demand-street_services"), &self.street_services(language)))
            }
        };
        let paper = match self.demand.services.len() <= SERVICES_UPRIGHT_MAX {
            true => Paper::Portrait,
            false => Paper::Landscape,
        };
        let page = Page {
            language,
            title: &label(language, "demand-title"),
            subtitle: Some(&say(language, "demand-subtitle", &about)),
            footer: &say(language, "demand-footer", &about),
            paper,
            body,
        };
        page.render()
    }

    /// The map of streets and weeks as a picture of its own (`.svg`).
    pub fn map(&self, language: Language) -> String {
        let chart = Chart {
            language,
            title: &label(language, "demand-map"),
            unit: Unit::Count,
        };
        let (rows, _) = self.streets(language);
        chart::heat_map_file(&chart, &self.weeks(), &rows)
    }

    /// The table for spreadsheet programs: a line for each figure that is not zero; an empty coordinate stands for all of
    /// its kind, an empty count for one that is withheld.
    pub fn table(&self) -> String {
        let columns = ["street", "service", "week", "orders", "withheld"];
        let rows = self.demand.cells(self.district);
        let rows = rows.iter().map(|cell| {
            [
                cell.street.map(|it| format!("{it:?}")).unwrap_or_default(),
                cell.service.map(|it| it.to_string()).unwrap_or_default(),
                cell.week.map(|it| it.to_string()).unwrap_or_default(),
                cell.orders.map(|it| it.to_string()).unwrap_or_default(),
                if cell.orders.is_none() { "yes" } else { "" }.to_owned(),
            ]
        });
        sheet(&columns, rows)
    }

    fn about(&self) -> Arguments {
        let weeks = &self.demand.weeks;
        let first = weeks.first().copied().unwrap_or_default();
        let last = weeks.last().copied().unwrap_or_default().plus_days(6);
        Arguments::NONE
            .text("from", first)
            .text("until", last)
            .text("height", self.demand.height)
    }

    /// The Mondays, and a last column for all weeks.
    fn weeks(&self) -> Vec<String> {
        let weeks = self.demand.weeks.iter();
        let short = weeks.map(|monday| {
            let (_, month, day) = monday.civil();
            format!("{month}/{day}")
        });
        short.chain(std::iter::once("Σ".to_owned())).collect()
    }

    /// The numbers of the streets that are shown.
    fn street_numbers(&self) -> impl Iterator<Item = (usize, OrganisationId)> + '_ {
        let streets = self.demand.streets.iter().enumerate();
        streets
            .filter(|(_, (_, district))| self.district.is_none_or(|wanted| wanted == *district))
            .map(|(at, (street, _))| (at, *street))
    }

    /// Rows of streets over weeks, and how many rows there are with something. Streets where nothing is are left out.
    fn streets(&self, language: Language) -> (Vec<HeatRow>, u64) {
        let rows = self.street_numbers();
        let rows = rows.map(|(at, street)| (format!("{street:?}"), Along::At(at), Along::All));
        self.rows(language, rows)
    }

    /// Rows of services over weeks.
    fn services(&self, language: Language) -> (Vec<HeatRow>, u64) {
        let rows = self.demand.services.iter().enumerate();
        let rows = rows.map(|(at, service)| {
            let about = Arguments::NONE.text("code", service);
            let name = say(language, "demand-service_code", &about);
            (name, Along::All, Along::At(at))
        });
        self.rows(language, rows)
    }

    fn rows(
        &self,
        language: Language,
        rows: impl Iterator<Item = (String, Along, Along)>,
    ) -> (Vec<HeatRow>, u64) {
        let weeks = || {
            let at = (0..self.demand.weeks.len()).map(Along::At);
            at.chain(std::iter::once(Along::All))
        };
        let row = |name: String, street, service| HeatRow {
            label: name,
            cells: weeks()
                .map(|week| match self.demand.told(street, service, week) {
                    None => Heat::Withheld,
                    Some(0) => Heat::Absent,
                    // The row and the column of sums have no shade.
                    Some(count)
                        if week == Along::All || (street, service) == (Along::All, Along::All) =>
                    {
                        Heat::Total(count)
                    }
                    Some(count) => Heat::Value(count),
                })
                .collect(),
        };
        let has_any = |row: &HeatRow| row.cells.iter().any(|cell| *cell != Heat::Absent);
        let rows = rows.map(|(name, street, service)| row(name, street, service));
        let mut shown: Vec<HeatRow> = rows.filter(has_any).collect();
        let found = u64::try_from(shown.len()).unwrap_or(u64::MAX);
        if self.district.is_none() && found > 0 {
            shown.push(row(label(language, "demand-all"), Along::All, Along::All));
        }
        (shown, found)
    }

    /// Streets by services, over all weeks.
    fn street_services(&self, language: Language) -> Markup {
        let mut columns = vec![Column::text(label(language, "demand-street"))];
        let services = self.demand.services.iter();
        columns.extend(services.map(|code| Column::number(code.to_string())));
        columns.push(Column::number(label(language, "demand-all")));
        let mut table = Table::new(columns);
        let along = || {
            let at = (0..self.demand.services.len()).map(Along::At);
            at.chain(std::iter::once(Along::All))
        };
        let withheld = label(language, "demand-withheld_mark");
        let cells =
            |street| along().map(move |service| self.demand.told(street, service, Along::All));
        let shown = |told: Option<u64>| match told {
            None => html! { span.quiet { (withheld) } },
            Some(0) => html! {},
            Some(count) => cell(figure::grouped(count)),
        };
        for (at, street) in self.street_numbers() {
            if cells(Along::At(at)).any(|told| told != Some(0)) {
                let first = std::iter::once(cell(format!("{street:?}")));
                table.row(first.chain(cells(Along::At(at)).map(shown)));
            }
        }
        if self.district.is_none() {
            let first = std::iter::once(cell(label(language, "demand-all")));
            table.total(first.chain(cells(Along::All).map(shown)));
        }
        table.markup(language)
    }
}
