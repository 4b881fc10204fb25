import datetime
import django.db.models.deletion
import django.utils.timezone
import secdesk.core.people.roles
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=60)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=60)),
                ('target_type', models.CharField(blank=True, max_length=60)),
                ('target_id', models.BigIntegerField(blank=True, null=True)),
                ('request_id', models.CharField(blank=True, max_length=32)),
                ('details_hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='LedgerEpoch',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('first_index', models.BigIntegerField()),
                ('entry_id', models.BigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='LedgerSeal',
            fields=[
                ('leaf_index', models.BigIntegerField(primary_key=True, serialize=False)),
                ('entry_id', models.BigIntegerField(unique=True)),
                ('leaf_hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Organ',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('is_executive_organ', models.BooleanField(default=True)),
                ('privacy_regime', models.CharField(choices=[('appi', 'Act on the Protection of Personal Information, chapter 5'), ('medical', 'Article 26 of the Act (hospital, clinic, university)'), ('own', 'own ordinance (council)')], default='appi', max_length=10)),
                ('is_disclosure_agency', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('restore', 'The desk was restored from a backup'), ('operator', 'Held by an operator')], max_length=10)),
                ('held_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('address', models.EmailField(blank=True, max_length=254)),
                ('target_type', models.CharField(blank=True, max_length=60)),
                ('target_id', models.BigIntegerField(blank=True, null=True)),
                ('path', models.CharField(blank=True, max_length=200)),
                ('permission', models.CharField(blank=True, max_length=80)),
                ('context', models.JSONField(default=dict)),
                ('secret', models.BinaryField(blank=True, null=True)),
                ('dedupe_key', models.CharField(max_length=200, unique=True)),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('status', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('cancelled', 'Not sent')], default='queued', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('holder', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('queued_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=60)),
                ('is_main', models.BooleanField(default=True)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('CISO', 'Chief information security officer'), ('DEPUTY_CISO', 'Deputy chief information security officer'), ('ADVISER', 'Information security adviser'), ('CHIEF', 'Head of information security management'), ('BUREAU', 'Information security officer (bureau)'), ('SECTION', 'Information security manager (section)'), ('SYSTEM_OWNER', 'Information system manager'), ('SYSTEM_STAFF', 'Information system staff'), ('COMMITTEE', 'Information security committee'), ('CSIRT_HEAD', 'CSIRT head'), ('CSIRT', 'CSIRT member'), ('AUDIT_HEAD', 'Head of information security audit'), ('AUDITOR', 'Information security auditor'), ('EXTERNAL_AUDITOR', 'External auditor'), ('OFFICE', 'Information security office'), ('HELPER', 'Information security helper of the section'), ('PRIVACY', 'Personal information protection officer'), ('PR', 'Public relations officer'), ('PERSONNEL', 'Personnel office'), ('LINK', 'Contact point of the organ'), ('CONTRACTOR', 'Contractor'), ('VIEWER', 'Viewer'), ('ADMIN', 'System administrator')], max_length=20)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=40)),
                ('query', models.CharField(blank=True, max_length=1000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='SchedulerBeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(max_length=120, unique=True)),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('body', models.BinaryField()),
                ('result', models.CharField(blank=True, max_length=300)),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('params', models.JSONField(default=dict)),
                ('cursor', models.JSONField(blank=True, null=True)),
                ('status', models.CharField(choices=[('queued', 'Waiting to start'), ('running', 'In progress'), ('done', 'Finished'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('reason', models.CharField(blank=True, choices=[('', ''), ('error', 'An error stopped the work. Nothing more was changed; the administrators can see the cause.'), ('interrupted', 'The desk was stopped in the middle of the work. Please start it again.'), ('no_right', 'You no longer have the right this work needs.'), ('input', 'The work could not be done with what was given.')], default='', max_length=12)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('version', models.PositiveIntegerField(default=0)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(blank=True, null=True)),
                ('cancel_asked_at', models.DateTimeField(blank=True, null=True)),
                ('holder', models.CharField(blank=True, max_length=120)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('file_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file_key', models.BinaryField(blank=True, null=True)),
                ('file_name', models.CharField(blank=True, max_length=120)),
                ('file_type', models.CharField(blank=True, max_length=80)),
                ('file_size', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='employee number')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('kana', models.CharField(blank=True, max_length=80, verbose_name='name in kana')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='mail address')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='extension')),
                ('language', models.CharField(choices=[('ja', '日本語'), ('en', 'English')], default='ja', max_length=2)),
                ('era', models.CharField(choices=[('western', 'Western calendar (2026)'), ('japanese', 'Japanese calendar (Reiwa 8)')], default='western', max_length=10)),
                ('handle', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('starts_on', models.DateField(default=datetime.date(2000, 4, 1))),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('session_epoch', models.PositiveIntegerField(default=0)),
                ('is_demo', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ('kana', 'id'),
                'indexes': [models.Index(fields=['kana', 'id'], name='person_kana')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='person_period')],
            },
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('tree_size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('epoch', models.PositiveIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('note', models.TextField()),
                ('peaks', models.TextField()),
                ('highest_entry_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='checkpoint_at')],
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('starts_on', models.DateField(default=datetime.date(2000, 4, 1))),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('sort_key', models.PositiveIntegerField(default=0)),
                ('bureau', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.department')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='core.department')),
            ],
            options={
                'ordering': ('sort_key', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('mode', models.CharField(choices=[('production', 'Production'), ('demo', 'Demonstration')], max_length=10)),
                ('organisation', models.CharField(blank=True, max_length=80, verbose_name='organisation')),
                ('contact', models.CharField(blank=True, max_length=80, verbose_name='office in charge')),
                ('phones', models.JSONField(blank=True, default=list, verbose_name='emergency telephone numbers')),
                ('rp_id', models.CharField(blank=True, max_length=253)),
                ('ring_fingerprint', models.CharField(max_length=32)),
                ('sealed_ring', models.BinaryField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('set_up_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='desk_one_row')],
            },
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=80)),
                ('slot', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('running', 'Running'), ('waiting', 'Failed, will be tried again'), ('done', 'Done'), ('failed', 'Failed'), ('superseded', 'Replaced by a later run'), ('baseline', 'Registered')], default='running', max_length=12)),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('holder', models.CharField(max_length=120)),
                ('started_at', models.DateTimeField()),
                ('heartbeat_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [models.Index(fields=['finished_at'], name='jobrun_finished'), models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['job', '-slot'], name='jobrun_last')],
                'constraints': [models.UniqueConstraint(fields=('job', 'slot'), name='job_slot_once'), models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('job',), name='job_runs_one_at_a_time'), models.UniqueConstraint(condition=models.Q(('outcome', 'baseline')), fields=('job',), name='job_registered_once')],
            },
        ),
        migrations.CreateModel(
            name='LedgerDetails',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='details', serialize=False, to='core.ledgerentry')),
                ('salt', models.BinaryField(max_length=32, null=True)),
                ('content', models.TextField(blank=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['target_type', 'target_id', 'id'], name='ledger_target'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['actor', 'at', 'id'], name='ledger_actor'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['event', 'at', 'id'], name='ledger_event'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['at', 'id'], name='ledger_at'),
        ),
        migrations.AddField(
            model_name='department',
            name='organ',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='core.organ'),
        ),
        migrations.AddConstraint(
            model_name='outboxhold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at__isnull', True)), fields=('reason',), name='outbox_one_hold_per_reason'),
        ),
        migrations.AddField(
            model_name='outboxmessage',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='posting',
            name='department',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='core.department'),
        ),
        migrations.AddField(
            model_name='posting',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='roleassignment',
            name='department',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to='core.department'),
        ),
        migrations.AddField(
            model_name='roleassignment',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='savedview',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='submission',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ledgerdetails',
            name='disposal',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disposed_details', to='core.ledgerentry'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='department_period'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['status', 'next_attempt_at'], name='outbox_due'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['status', '-id'], name='outbox_status'),
        ),
        migrations.AddConstraint(
            model_name='outboxmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('status', 'sent')), models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='outbox_sent_at'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['department', 'starts_on'], name='posting_department'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='posting_period'),
        ),
        migrations.AddIndex(
            model_name='roleassignment',
            index=models.Index(fields=['role', 'department'], name='role_department'),
        ),
        migrations.AddConstraint(
            model_name='roleassignment',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='role_period'),
        ),
        migrations.AddConstraint(
            model_name='roleassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('department__isnull', False), ('role__in', [secdesk.core.people.roles.Role['BUREAU'], secdesk.core.people.roles.Role['HELPER'], secdesk.core.people.roles.Role['LINK'], secdesk.core.people.roles.Role['SECTION'], secdesk.core.people.roles.Role['SYSTEM_OWNER'], secdesk.core.people.roles.Role['SYSTEM_STAFF']])), models.Q(models.Q(('role__in', [secdesk.core.people.roles.Role['BUREAU'], secdesk.core.people.roles.Role['HELPER'], secdesk.core.people.roles.Role['LINK'], secdesk.core.people.roles.Role['SECTION'], secdesk.core.people.roles.Role['SYSTEM_OWNER'], secdesk.core.people.roles.Role['SYSTEM_STAFF']]), _negated=True), ('department__isnull', True)), _connector='OR'), name='role_scope'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('person', 'list_name', 'name'), name='saved_view_name'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['sent_at'], name='submission_age'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('person', 'token_hash'), name='submission_once'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['status', 'id'], name='task_status'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['owner', '-id'], name='task_owner'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['finished_at'], name='task_finished'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('total__isnull', True), ('done__lte', models.F('total')), _connector='OR'), name='task_progress'),
        ),
    ]
