from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("club", "0002_sources")]
    operations = []
