from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("club", "0004_public")]
    operations = []
