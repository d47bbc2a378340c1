# Sourced by the MySQL image when it makes its database: the migrations, each applied and recorded as the ledger does.
#
# Unrecorded they would be applied once more by `eventrush migrate`, and MySQL cannot say ALTER TABLE … IF NOT EXISTS.
# docker_process_sql is the image's own: it runs what it reads as root.

sql=${LEDGER_SQL:-/ledger}

docker_process_sql <"$sql/create_schema_migration.sql"
record=$(<"$sql/insert_schema_migration.sql")
for migration in "$sql"/migrations/*.sql; do
  version=$(basename "$migration" .sql)
  docker_process_sql <"$migration"
  docker_process_sql <<<"${record/"%s"/"'$version'"}"
done
