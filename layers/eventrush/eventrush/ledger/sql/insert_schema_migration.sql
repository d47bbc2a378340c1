INSERT INTO schema_migration (version) VALUES (%s)
