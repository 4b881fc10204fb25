import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IncidentType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True)),
                ('name_ja', models.CharField(max_length=60)),
                ('name_en', models.CharField(max_length=80)),
                ('category', models.CharField(choices=[('cyber', 'Cyber'), ('leak', 'Leak, loss, wrong recipient'), ('outage', 'Outage, failure')], max_length=10)),
                ('reported_as', models.CharField(blank=True, choices=[('sent', 'Sent to the wrong person'), ('lost', 'Lost or stolen'), ('virus', 'Infected, suspicious'), ('web', 'Published by mistake'), ('handed', 'Handed to the wrong person'), ('other', 'Other, not sure')], max_length=10)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('sort_key', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ('sort_key', 'id'),
            },
        ),
        migrations.CreateModel(
            name='ReferenceCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fiscal_year', models.PositiveSmallIntegerField(unique=True)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=12, unique=True, verbose_name='reference')),
                ('fiscal_year', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('outline', models.TextField(verbose_name='outline')),
                ('reported_text', models.TextField(editable=False)),
                ('reported_as', models.CharField(blank=True, choices=[('sent', 'Sent to the wrong person'), ('lost', 'Lost or stolen'), ('virus', 'Infected, suspicious'), ('web', 'Published by mistake'), ('handed', 'Handed to the wrong person'), ('other', 'Other, not sure')], max_length=10)),
                ('concerns', models.JSONField(default=list)),
                ('severity', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'I minor'), (2, 'II medium'), (3, 'III serious'), (4, 'IV crisis')], null=True, verbose_name='severity')),
                ('segment', models.CharField(blank=True, choices=[('mynumber', 'My Number segment'), ('lgwan', 'LGWAN segment'), ('internet', 'Internet segment'), ('standalone', 'Stand-alone'), ('none', 'No network (paper, telephone)')], max_length=12, verbose_name='network segment')),
                ('status', models.CharField(choices=[('new', 'Received'), ('checking', 'Being checked'), ('void', 'Not an incident'), ('near', 'Near miss'), ('handling', 'Being handled'), ('preventing', 'Preventing recurrence'), ('done', 'Closed')], default='new', max_length=12, verbose_name='state')),
                ('status_reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('known_at', models.DateTimeField(verbose_name='known since')),
                ('noticed_at', models.DateTimeField(verbose_name='noticed')),
                ('occurred_from', models.DateTimeField(blank=True, null=True, verbose_name='occurred from')),
                ('occurred_to', models.DateTimeField(blank=True, null=True, verbose_name='occurred until')),
                ('reported_at', models.DateTimeField(verbose_name='reported')),
                ('source', models.CharField(choices=[('own', 'Own report'), ('telephone', 'By telephone'), ('proxy', 'On behalf of somebody')], default='own', max_length=10, verbose_name='source')),
                ('reporter_name', models.CharField(blank=True, max_length=80, verbose_name='name of the reporter')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('sealed', models.BooleanField(default=False, verbose_name='sealed')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('bureau', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.department')),
                ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('department', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.department')),
                ('organ', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organ')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_incidents', to=settings.AUTH_USER_MODEL)),
                ('owning_section', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.department')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reporter', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported_incidents', to=settings.AUTH_USER_MODEL)),
                ('kind', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='incidents.incidenttype', verbose_name='type')),
            ],
            options={
                'ordering': ('-id',),
                'permissions': (('team_by_role', 'team_by_role'), ('team_by_name', 'team_by_name'), ('team_by_break_glass', 'team_by_break_glass')),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_csirt', models.BooleanField()),
                ('text', models.TextField(max_length=4000)),
                ('sent_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='incidents.incident')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('first_response', 'First response'), ('containment', 'Containment'), ('eradication', 'Removal of the cause'), ('recovery', 'Recovery'), ('facts', 'Establishing the facts'), ('retrieval', 'Confirming return or deletion'), ('extent', 'Fixing the extent'), ('isolation', 'Isolating the fault'), ('substitute', 'Substitute means')], max_length=20)),
                ('progress', models.CharField(choices=[('new', 'Not started'), ('handling', 'Under way'), ('done', 'Done')], default='new', max_length=10)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phases', to='incidents.incident')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('new', 'Received'), ('checking', 'Being checked'), ('void', 'Not an incident'), ('near', 'Near miss'), ('handling', 'Being handled'), ('preventing', 'Preventing recurrence'), ('done', 'Closed')], max_length=12)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='status_changes', to='incidents.incident')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('note', 'Note'), ('phone', 'Telephone'), ('mail', 'Mail'), ('action', 'Action'), ('decision', 'Decision'), ('report', 'Report'), ('publication', 'Publication'), ('intake', 'Intake'), ('known', 'Known'), ('state', 'State')], default='note', max_length=12)),
                ('happened_at', models.DateTimeField()),
                ('entered_at', models.DateTimeField()),
                ('text', models.CharField(max_length=2000)),
                ('decided_by', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timeline', to='incidents.incident')),
            ],
            options={
                'ordering': ('-happened_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Track',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('outside', 'Reports to authorities'), ('persons', 'Persons concerned'), ('publication', 'Publication'), ('internal', 'Inside reports and committee')], max_length=12)),
                ('state', models.CharField(choices=[('open', 'Open'), ('not_needed', 'Judged not needed'), ('done', 'Done')], default='open', max_length=12)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tracks', to='incidents.incident')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='IncidentGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='incidents.incident')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'unique_together': {('user', 'permission', 'content_object')},
            },
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['status', 'id'], name='incident_status'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['severity', 'id'], name='incident_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['known_at', 'id'], name='incident_known_at'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['kind', 'id'], name='incident_kind'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['reporter', 'id'], name='incident_reporter'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['owner', 'id'], name='incident_owner'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['department', 'id'], name='incident_department'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['owning_section', 'id'], name='incident_section_id'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['owning_section', 'known_at', 'id'], name='incident_section_known_at'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['owning_section', 'severity', 'id'], name='incident_section_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['owning_section', 'status', 'id'], name='incident_section_status'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['bureau', 'id'], name='incident_bureau_id'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['bureau', 'known_at', 'id'], name='incident_bureau_known_at'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['bureau', 'severity', 'id'], name='incident_bureau_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['bureau', 'status', 'id'], name='incident_bureau_status'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['organ', 'id'], name='incident_organ_id'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['organ', 'known_at', 'id'], name='incident_organ_known_at'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['organ', 'severity', 'id'], name='incident_organ_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['organ', 'status', 'id'], name='incident_organ_status'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['department', 'known_at', 'id'], name='incident_department_known_at'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('sealed', True)), fields=['id'], name='incident_sealed'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('occurred_to__isnull', True), ('occurred_to__gte', models.F('occurred_from')), _connector='OR'), name='incident_occurred'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'done')), models.Q(('status', 'done'), _negated=True), _connector='OR'), name='incident_closed'),
        ),
        migrations.AddConstraint(
            model_name='phase',
            constraint=models.UniqueConstraint(fields=('incident', 'code'), name='phase_once'),
        ),
        migrations.AddIndex(
            model_name='timelineentry',
            index=models.Index(fields=['incident', '-happened_at', '-id'], name='timeline_order'),
        ),
        migrations.AddConstraint(
            model_name='track',
            constraint=models.UniqueConstraint(fields=('incident', 'code'), name='track_once'),
        ),
        migrations.AddConstraint(
            model_name='track',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'not_needed'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='track_reason'),
        ),
    ]
