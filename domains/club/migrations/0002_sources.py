from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("club", "0001_initial")]
    operations = []
