//! The shared data packs through the public faces: what comes out is compared with their reference answers to the last
//! digit, and with figures that the tests work out by themselves from the same files.

mod bad_input;
mod book;
mod company_scale;
mod dashboard;
mod ge;
mod grading;
mod kinds;
mod ledger;
mod loading;
mod mappings;
mod packs;
mod plans;
mod reference;
mod scoring;
mod stores;
mod survey;
mod table;
mod xml;
