//! The rows of tenants and API keys, as sea-orm reads and writes them.

/// Table `tenants`.
pub(super) mod tenant {
    use sea_orm::entity::prelude::*;

    /// A tenant's row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenants")]
    pub struct Model {
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Its word in commands.
        pub slug: String,
        /// Its name.
        pub name: String,
        /// ISO 4217.
        pub base_currency: String,
        /// 1 to 12.
        pub fiscal_year_start_month: i32,
        /// 0 to 1, 6 places.
        pub capital_cost_rate: Option<Decimal>,
        /// Counts its changes.
        pub version: i32,
        /// When it was created.
        pub created_at: DateTimeUtc,
        /// When it was last changed.
        pub updated_at: DateTimeUtc,
    }

    /// Nothing is reached through a tenant.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Table `api_keys`.
pub(super) mod api_key {
    use sea_orm::entity::prelude::*;

    /// An API key's row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub struct Model {
        /// The tenant it belongs to.
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: Uuid,
        /// Its id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What it is for.
        pub name: String,
        /// SHA-256 of the secret.
        pub secret_hash: Vec<u8>,
        /// Its permissions.
        pub scopes: Vec<String>,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: DateTimeUtc,
        /// When it stops working.
        pub expires_at: Option<DateTimeUtc>,
        /// When it was revoked.
        pub revoked_at: Option<DateTimeUtc>,
    }

    /// Nothing is reached through a key.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
