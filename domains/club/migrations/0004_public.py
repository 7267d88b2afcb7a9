from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("club", "0003_collections")]
    operations = [
        migrations.AddField(
            model_name="clubpublication",
            name="staged_upon",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
    ]
