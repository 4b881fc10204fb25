import django.db.models.deletion
import secdesk.accounts.models.factors
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LoginState',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='login_state', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('logins', models.PositiveBigIntegerField(default=0)),
                ('last_method', models.CharField(blank=True, max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='AttemptBucket',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('times', models.JSONField(default=list)),
                ('refused', models.PositiveBigIntegerField(default=0)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'indexes': [models.Index(fields=['updated_at'], name='attempt_bucket_age')],
            },
        ),
        migrations.CreateModel(
            name='CodeSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credential_id', models.CharField(default=secdesk.accounts.models.factors.new_credential_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='name')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='code_sheets', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='HardwareToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credential_id', models.CharField(default=secdesk.accounts.models.factors.new_credential_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='name')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('sealed_secret', models.BinaryField(max_length=200)),
                ('serial', models.CharField(max_length=40, unique=True, verbose_name='serial number')),
                ('kind', models.CharField(choices=[('totp', 'by time'), ('hotp', 'by button')], default='totp', max_length=4, verbose_name='kind')),
                ('digest', models.CharField(default='sha1', max_length=6)),
                ('digits', models.PositiveSmallIntegerField(default=6)),
                ('period', models.PositiveSmallIntegerField(default=30)),
                ('drift', models.SmallIntegerField(default=0)),
                ('last_step', models.BigIntegerField(default=-1)),
                ('assigned_at', models.DateTimeField(blank=True, null=True)),
                ('activated_at', models.DateTimeField(blank=True, null=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hardware_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('serial',),
            },
        ),
        migrations.CreateModel(
            name='KeptForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('action', models.CharField(max_length=500)),
                ('page', models.CharField(max_length=500)),
                ('data', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_forms', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('csrf_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('data', models.BinaryField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('device', models.CharField(blank=True, max_length=60, verbose_name='device')),
                ('is_shared_pc', models.BooleanField(default=False, verbose_name='shared PC')),
                ('is_staff_only', models.BooleanField(default=False)),
                ('locked_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SheetCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('code_hash', models.CharField(max_length=128)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='accounts.codesheet')),
            ],
        ),
        migrations.CreateModel(
            name='TotpCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credential_id', models.CharField(default=secdesk.accounts.models.factors.new_credential_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='name')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('sealed_secret', models.BinaryField(max_length=200)),
                ('last_step', models.BigIntegerField(default=-1)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='totp_credentials', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='codesheet',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('person',), name='one_sheet_a_person'),
        ),
        migrations.AddConstraint(
            model_name='hardwaretoken',
            constraint=models.CheckConstraint(condition=models.Q(('period__in', (30, 60))), name='token_period'),
        ),
        migrations.AddConstraint(
            model_name='hardwaretoken',
            constraint=models.CheckConstraint(condition=models.Q(('digits__in', (6, 7, 8))), name='token_digits'),
        ),
        migrations.AddConstraint(
            model_name='hardwaretoken',
            constraint=models.CheckConstraint(condition=models.Q(('digest__in', ('sha1', 'sha256', 'sha512'))), name='token_digest'),
        ),
        migrations.AddConstraint(
            model_name='hardwaretoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assigned_at__isnull', False), ('person__isnull', False)), models.Q(('activated_at__isnull', True), ('assigned_at__isnull', True), ('person__isnull', True)), _connector='OR'), name='token_owner'),
        ),
        migrations.AddIndex(
            model_name='keptform',
            index=models.Index(fields=['expires_at'], name='kept_form_expires'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['person', 'ended_at', 'last_seen_at'], name='session_person'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['expires_at'], name='session_expires'),
        ),
        migrations.AddConstraint(
            model_name='sheetcode',
            constraint=models.UniqueConstraint(fields=('sheet', 'number'), name='sheet_number'),
        ),
    ]
