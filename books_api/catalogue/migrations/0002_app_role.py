"""The role that the app's sessions take on: it reads and writes rows, and cannot change the schema."""

from django.db import migrations

_ROLE = """
DO $$ BEGIN
    CREATE ROLE books_app NOLOGIN;
EXCEPTION WHEN duplicate_object THEN
    -- Roles belong to the whole server; another of its databases has made it.
    NULL;
END $$;
-- RDS's master user is no superuser: it may take on only the roles that it is a member of.
GRANT books_app TO CURRENT_USER;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue_book TO books_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO books_app;
"""


class Migration(migrations.Migration):
    """Creates the role; it stays when the migration is undone, because another database may use it."""

    dependencies = (("catalogue", "0001_initial"),)
    operations = (migrations.RunSQL(_ROLE, migrations.RunSQL.noop),)
