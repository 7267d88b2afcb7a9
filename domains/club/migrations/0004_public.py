from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("club", "0003_collections")]
    operations = []
