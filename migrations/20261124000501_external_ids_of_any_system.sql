-- A customer is looked up by an external id of whatever system: without this, every customer was compared with every id.
create index customer_external_ids_of_any_system on customer_external_ids (tenant_id, external_id);
