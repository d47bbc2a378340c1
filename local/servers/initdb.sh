# Sourced by the MySQL image when it makes its database: the migrations, each applied and recorded as the ledger does.
#
# Unrecorded they would be applied once more by `eventrush migrate`, and MySQL cannot say ALTER TABLE … IF NOT EXISTS.

sql=${LEDGER_SQL:-/ledger}

# As the user whom the image has just made, over the socket: nobody else may connect yet.
ledger() { MYSQL_PWD=$MYSQL_PASSWORD mysql --user="$MYSQL_USER" --socket=/var/run/mysqld/mysqld.sock "$MYSQL_DATABASE"; }

for migration in "$sql"/migrations/*.sql; do
  version=$(basename "$migration" .sql)
  ledger <"$migration"
  ledger <<<"INSERT INTO schema_migration (version) VALUES ('$version')"
done
