//! Scales in GraphQL.

mod judgements;
mod scales;
mod versions;

use async_graphql::MergedObject;

use judgements::{JudgementMutation, JudgementQuery};
use scales::{ScaleMutation, ScaleQuery};
use versions::{VersionMutation, VersionQuery};

/// Queries about scales.
#[derive(Debug, Default, MergedObject)]
pub struct ScalesQuery(ScaleQuery, VersionQuery, JudgementQuery);

/// Mutations of scales.
#[derive(Debug, Default, MergedObject)]
pub struct ScalesMutation(ScaleMutation, VersionMutation, JudgementMutation);
