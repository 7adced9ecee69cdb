//! Patron: the customer-relationship backend of a shop that sells at the till and online.

// Examples in the spec are whole resources, and the macro that reads them goes one deeper with each word.
#![recursion_limit = "256"]

pub mod commands;
pub mod config;
pub mod db;
pub mod demo;
pub mod domain;
pub mod dto;
pub mod error;
pub mod handlers;
pub mod http;
pub mod integrations;
pub mod jobs;
pub mod repositories;
pub mod services;
pub mod startup;
