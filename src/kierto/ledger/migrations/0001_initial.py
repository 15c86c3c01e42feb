import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalogue', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('visibility', models.CharField(choices=[('public', 'everybody'), ('partners', 'partners of the district'), ('parties', 'its parties')], default='parties', max_length=8, verbose_name='who sees its events')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.agent')),
            ],
            options={
                'verbose_name': 'agreement',
                'verbose_name_plural': 'agreements',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ChainCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ok', models.BooleanField()),
                ('events', models.BigIntegerField()),
                ('last_hash', models.CharField(blank=True, max_length=64)),
                ('broken_at', models.BigIntegerField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('expected', models.CharField(blank=True, max_length=200)),
                ('found', models.CharField(blank=True, max_length=200)),
                ('checked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.agent')),
            ],
            options={
                'verbose_name': 'check of the chain',
                'verbose_name_plural': 'checks of the chain',
                'ordering': ['-checked_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(default=0)),
                ('hash', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_one_chain_head')],
            },
        ),
        migrations.CreateModel(
            name='EconomicResource',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('accounting_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='accounting quantity')),
                ('onhand_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='on-hand quantity')),
                ('stage', models.CharField(blank=True, max_length=120, verbose_name='stage')),
                ('state', models.CharField(blank=True, max_length=60, verbose_name='state')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('conforms_to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='catalogue.resourcespecification')),
                ('contained_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contents', to='ledger.economicresource')),
                ('current_location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='parties.place')),
                ('custodian', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='custodian_of', to='parties.agent')),
                ('primary_accountable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accountable_for', to='parties.agent')),
            ],
            options={
                'verbose_name': 'resource',
                'verbose_name_plural': 'resources',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(choices=[('produce', 'produce'), ('consume', 'consume'), ('use', 'use'), ('cite', 'cite'), ('work', 'work'), ('deliverService', 'deliver a service'), ('pickup', 'pick up'), ('dropoff', 'drop off'), ('accept', 'take in'), ('modify', 'give back changed'), ('combine', 'combine'), ('separate', 'separate'), ('transferAllRights', 'transfer all rights'), ('transferCustody', 'hand over'), ('transfer', 'transfer'), ('move', 'move'), ('copy', 'copy'), ('raise', 'raise'), ('lower', 'lower')], max_length=20)),
                ('resource_quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('effort_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='hours of work')),
                ('has_beginning', models.DateField(verbose_name='from')),
                ('has_end', models.DateField(verbose_name='until')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='ledger.agreement')),
                ('conforms_to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='catalogue.resourcespecification')),
                ('from_place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.place')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gives', to='parties.agent')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gets', to='parties.agent')),
                ('resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='ledger.economicresource')),
                ('to_place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.place')),
            ],
            options={
                'verbose_name': 'promise',
                'verbose_name_plural': 'promises',
                'ordering': ['has_beginning'],
            },
        ),
        migrations.CreateModel(
            name='EconomicEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(editable=False, unique=True)),
                ('action', models.CharField(choices=[('produce', 'produce'), ('consume', 'consume'), ('use', 'use'), ('cite', 'cite'), ('work', 'work'), ('deliverService', 'deliver a service'), ('pickup', 'pick up'), ('dropoff', 'drop off'), ('accept', 'take in'), ('modify', 'give back changed'), ('combine', 'combine'), ('separate', 'separate'), ('transferAllRights', 'transfer all rights'), ('transferCustody', 'hand over'), ('transfer', 'transfer'), ('move', 'move'), ('copy', 'copy'), ('raise', 'raise'), ('lower', 'lower')], max_length=20)),
                ('resource_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='quantity')),
                ('entered_value', models.CharField(blank=True, max_length=40)),
                ('entered_unit', models.CharField(blank=True, max_length=20)),
                ('effort_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='hours of work')),
                ('has_beginning', models.DateTimeField(verbose_name='began')),
                ('has_end', models.DateTimeField(verbose_name='ended')),
                ('state', models.CharField(blank=True, max_length=60)),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('visibility', models.CharField(choices=[('public', 'everybody'), ('partners', 'partners of the district'), ('parties', 'its parties')], default='parties', max_length=8, verbose_name='who sees it')),
                ('recorded_at', models.DateTimeField(editable=False)),
                ('provenance', models.CharField(choices=[('form', 'entered in a form'), ('file', 'a row of a file'), ('reading', 'a reading'), ('plan', 'a plan'), ('program', 'a program')], max_length=8)),
                ('provenance_reference', models.CharField(blank=True, max_length=300)),
                ('previous_hash', models.CharField(editable=False, max_length=64)),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('conforms_to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='catalogue.resourcespecification')),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='ledger.economicevent')),
                ('location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.place')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events_given', to='parties.agent')),
                ('realization_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.agreement')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events_got', to='parties.agent')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.agent')),
                ('to_location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.place')),
                ('triggered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='triggers', to='ledger.economicevent')),
                ('resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.economicresource')),
                ('to_resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events_to', to='ledger.economicresource')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='Fulfillment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resource_quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('commitment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fulfilled_by', to='ledger.commitment')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fulfills', to='ledger.economicevent')),
            ],
            options={
                'verbose_name': 'fulfilment',
                'verbose_name_plural': 'fulfilments',
            },
        ),
        migrations.CreateModel(
            name='Process',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('based_on', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='processes', to='catalogue.recipe')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.agent')),
                ('place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='processes', to='parties.place')),
            ],
            options={
                'verbose_name': 'process',
                'verbose_name_plural': 'processes',
                'ordering': ['-created_at'],
            },
        ),
        migrations.AddField(
            model_name='economicevent',
            name='input_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inputs', to='ledger.process'),
        ),
        migrations.AddField(
            model_name='economicevent',
            name='output_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='ledger.process'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='input_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='committed_inputs', to='ledger.process'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='output_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='committed_outputs', to='ledger.process'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('visibility__in', ['public', 'partners', 'parties'])), name='ledger_agreement_visibility_known'),
        ),
        migrations.AddConstraint(
            model_name='economicresource',
            constraint=models.CheckConstraint(condition=models.Q(('accounting_quantity__gte', 0), ('onhand_quantity__gte', 0)), name='ledger_stock_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='fulfillment',
            constraint=models.UniqueConstraint(fields=('event', 'commitment'), name='ledger_one_fulfillment_each'),
        ),
        migrations.AddConstraint(
            model_name='fulfillment',
            constraint=models.CheckConstraint(condition=models.Q(('resource_quantity', 0), _negated=True), name='ledger_fulfillment_not_zero'),
        ),
        migrations.AddIndex(
            model_name='economicevent',
            index=models.Index(fields=['has_end'], name='ledger_event_by_time'),
        ),
        migrations.AddIndex(
            model_name='economicevent',
            index=models.Index(fields=['conforms_to', 'has_end'], name='ledger_event_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['produce', 'consume', 'use', 'cite', 'work', 'deliverService', 'pickup', 'dropoff', 'accept', 'modify', 'combine', 'separate', 'transferAllRights', 'transferCustody', 'transfer', 'move', 'copy', 'raise', 'lower'])), name='ledger_event_action_known'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('provenance__in', ['form', 'file', 'reading', 'plan', 'program'])), name='ledger_event_provenance_known'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('visibility__in', ['public', 'partners', 'parties'])), name='ledger_event_visibility_known'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), models.Q(models.Q(('resource_quantity__isnull', True), ('resource_quantity__gt', 0), _connector='OR'), models.Q(('effort_quantity__isnull', True), ('effort_quantity__gt', 0), _connector='OR')), _connector='OR'), name='ledger_only_corrections_are_negative'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('resource_quantity__isnull', False), ('effort_quantity__isnull', False), _connector='OR'), name='ledger_event_has_an_amount'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('has_end__gte', models.F('has_beginning'))), name='ledger_event_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='economicevent',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='ledger_event_number_positive'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['produce', 'consume', 'use', 'cite', 'work', 'deliverService', 'pickup', 'dropoff', 'accept', 'modify', 'combine', 'separate', 'transferAllRights', 'transferCustody', 'transfer', 'move', 'copy', 'raise', 'lower'])), name='ledger_commitment_action_known'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('resource_quantity__gt', 0)), name='ledger_commitment_positive'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('has_end__gte', models.F('has_beginning'))), name='ledger_commitment_ends_after_start'),
        ),
    ]
