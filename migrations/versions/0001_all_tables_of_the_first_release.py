"""all tables of the first release."""

import sqlalchemy as sa

import inspect_app.storage.base
from alembic import op
from inspect_app.storage.audit import GROW_ONLY_TABLES, grow_only_statements
from inspect_app.storage.finding_text import text_index_statements
from inspect_app.storage.tallies import TABLES, tally_statements

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('subject_id', sa.String(length=60), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_index(op.f('ix_audit_at'), 'audit', ['at'], unique=False)
    op.create_index('ix_audit_subject_subject_id', 'audit', ['subject', 'subject_id'], unique=False)
    op.create_table('blob',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('problem', sa.String(length=30), nullable=True),
    sa.Column('unreadable_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.Column('stored_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('checklist',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist')),
    sa.UniqueConstraint('key', name=op.f('uq_checklist_key'))
    )
    op.create_table('edition',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_edition'))
    )
    op.create_table('ended_session',
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('ends_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_ended_session'))
    )
    op.create_index(op.f('ix_ended_session_ends_at'), 'ended_session', ['ends_at'], unique=False)
    op.create_table('finding_tally',
    sa.Column('slice', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('value', sa.String(length=24), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('severity_1', sa.Integer(), nullable=False),
    sa.Column('severity_2', sa.Integer(), nullable=False),
    sa.Column('severity_3', sa.Integer(), nullable=False),
    sa.Column('severity_4', sa.Integer(), nullable=False),
    sa.Column('repeats', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('n_of', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('slice', 'state', 'kind', 'value', name=op.f('pk_finding_tally'))
    )
    op.create_table('law',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('text', sa.String(length=600), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law')),
    sa.UniqueConstraint('key', 'valid_from', name=op.f('uq_law_key_valid_from'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=40), nullable=False),
    sa.Column('full_name', sa.String(length=120), nullable=False),
    sa.Column('position', sa.String(length=160), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('last_sign_in_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('username', name=op.f('uq_person_username'))
    )
    op.create_table('series',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_series'))
    )
    op.create_table('submission_document',
    sa.Column('submission_id', sa.String(length=36), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('received_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('submission_id', 'content_hash', name=op.f('pk_submission_document'))
    )
    op.create_table('throttle',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('last_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle'))
    )
    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=5), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('parent_code', sa.String(length=5), nullable=False),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('search_key', sa.String(length=240), nullable=False),
    sa.Column('sort_key', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_unit_code_valid_from'))
    )
    op.create_index(op.f('ix_unit_search_key'), 'unit', ['search_key'], unique=False)
    op.create_table('activation',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('created_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('expires_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('used_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_activation_person_id_person')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_activation'))
    )
    op.create_index(op.f('ix_activation_person_id'), 'activation', ['person_id'], unique=False)
    op.create_table('body',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('search_key', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_body_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_body'))
    )
    op.create_index('ix_body_unit_id_search_key', 'body', ['unit_id', 'search_key'], unique=False)
    op.create_table('campaign',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('starts', sa.Date(), nullable=False),
    sa.Column('ends', sa.Date(), nullable=False),
    sa.Column('closed_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_campaign_created_by_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign'))
    )
    op.create_table('checklist_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('checklist_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('levels', sa.String(length=40), nullable=False),
    sa.Column('kinds', sa.String(length=60), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('source_name', sa.String(length=120), nullable=False),
    sa.Column('source', sa.LargeBinary(), nullable=False),
    sa.Column('xform', sa.LargeBinary(), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.Column('published_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['checklist_id'], ['checklist.id'], name=op.f('fk_checklist_version_checklist_id_checklist')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist_version')),
    sa.UniqueConstraint('checklist_id', 'version', name=op.f('uq_checklist_version_checklist_id_version'))
    )
    op.create_table('device_key',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('created_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('revoked_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_device_key_person_id_person')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_device_key'))
    )
    op.create_index(op.f('ix_device_key_person_id'), 'device_key', ['person_id'], unique=False)
    op.create_table('person_area',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_area_person_id_person')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_person_area_unit_id_unit')),
    sa.PrimaryKeyConstraint('person_id', 'unit_id', name=op.f('pk_person_area'))
    )
    op.create_table('photo',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('submission_id', sa.String(length=36), nullable=False),
    sa.Column('question', sa.String(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('taken_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('accuracy', sa.Double(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('original_sha256', sa.String(length=64), nullable=True),
    sa.Column('original_size', sa.BigInteger(), nullable=True),
    sa.Column('exif', sa.JSON(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('received_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_photo_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo')),
    sa.UniqueConstraint('submission_id', 'question', 'sha256', name=op.f('uq_photo_submission_id_question_sha256'))
    )
    op.create_index('ix_photo_sha256', 'photo', ['sha256'], unique=False)
    op.create_table('succession',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('effective', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['unit.id'], name=op.f('fk_succession_source_id_unit')),
    sa.ForeignKeyConstraint(['target_id'], ['unit.id'], name=op.f('fk_succession_target_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_succession')),
    sa.UniqueConstraint('source_id', 'target_id', name=op.f('uq_succession_source_id_target_id'))
    )
    op.create_table('team',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_team_campaign_id_campaign')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team'))
    )
    op.create_index(op.f('ix_team_campaign_id'), 'team', ['campaign_id'], unique=False)
    op.create_table('inspection',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=True),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('visited', sa.Boolean(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('placed_id', sa.Integer(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('campaign_id', sa.String(length=36), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('checklist_version_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('current_submission_id', sa.String(length=36), nullable=True),
    sa.Column('page_key', sa.String(length=36), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('started_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_inspection_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['checklist_version_id'], ['checklist_version.id'], name=op.f('fk_inspection_checklist_version_id_checklist_version')),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_inspection_created_by_person')),
    sa.ForeignKeyConstraint(['placed_id'], ['unit.id'], name=op.f('fk_inspection_placed_id_unit')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_inspection_team_id_team')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_inspection_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection')),
    sa.UniqueConstraint('number', name=op.f('uq_inspection_number'))
    )
    op.create_index(op.f('ix_inspection_campaign_id'), 'inspection', ['campaign_id'], unique=False)
    op.create_index('ix_inspection_counted', 'inspection', ['visited', 'unit_id', 'placed_id', 'day', 'kind', 'month'], unique=False)
    op.create_index('ix_inspection_state_kind', 'inspection', ['state', 'kind'], unique=False)
    op.create_index(op.f('ix_inspection_unit_id'), 'inspection', ['unit_id'], unique=False)
    op.create_table('team_member',
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('lead', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_team_member_person_id_person')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id_team')),
    sa.PrimaryKeyConstraint('team_id', 'person_id', name=op.f('pk_team_member'))
    )
    op.create_table('draft',
    sa.Column('submission_id', sa.String(length=36), nullable=False),
    sa.Column('inspection_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('replaces', sa.String(length=36), nullable=True),
    sa.Column('started_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('updated_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_draft_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_draft_person_id_person')),
    sa.PrimaryKeyConstraint('submission_id', name=op.f('pk_draft')),
    sa.UniqueConstraint('inspection_id', 'person_id', name=op.f('uq_draft_inspection_id_person_id'))
    )
    op.create_table('inspection_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('inspection_id', sa.String(length=36), nullable=False),
    sa.Column('at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('event', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_inspection_event_inspection_id_inspection')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_event'))
    )
    op.create_index(op.f('ix_inspection_event_inspection_id'), 'inspection_event', ['inspection_id'], unique=False)
    op.create_table('inspection_member',
    sa.Column('inspection_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('lead', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_inspection_member_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_inspection_member_person_id_person')),
    sa.PrimaryKeyConstraint('inspection_id', 'person_id', name=op.f('pk_inspection_member'))
    )
    op.create_index(op.f('ix_inspection_member_person_id'), 'inspection_member', ['person_id'], unique=False)
    op.create_table('submission',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('inspection_id', sa.String(length=36), nullable=True),
    sa.Column('checklist_version_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('door', sa.String(length=10), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('replaces', sa.String(length=36), nullable=True),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('started_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.Column('finished_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.Column('received_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.Column('settled_at', inspect_app.storage.base.Utc(), nullable=True),
    sa.ForeignKeyConstraint(['checklist_version_id'], ['checklist_version.id'], name=op.f('fk_submission_checklist_version_id_checklist_version')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_submission_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_submission_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission'))
    )
    op.create_index(op.f('ix_submission_code'), 'submission', ['code'], unique=False)
    op.create_index(op.f('ix_submission_inspection_id'), 'submission', ['inspection_id'], unique=False)
    op.create_index('ix_submission_status_received_at', 'submission', ['status', 'received_at'], unique=False)
    op.create_table('finding',
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('inspection_id', sa.String(length=36), nullable=False),
    sa.Column('submission_id', sa.String(length=36), nullable=False),
    sa.Column('question', sa.String(length=80), nullable=False),
    sa.Column('criterion', sa.String(length=20), nullable=False),
    sa.Column('criterion_group', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('severity', sa.Integer(), nullable=False),
    sa.Column('wording', sa.Text(), nullable=False),
    sa.Column('law', sa.Text(), nullable=False),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('responsible', sa.Text(), nullable=False),
    sa.Column('body_id', sa.Integer(), nullable=True),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('n_of', sa.Integer(), nullable=True),
    sa.Column('repeat', sa.Boolean(), nullable=False),
    sa.Column('duplicate_of', sa.String(length=36), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('placed_id', sa.Integer(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('search_key', sa.Text(), nullable=False),
    sa.Column('reported_at', inspect_app.storage.base.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['body_id'], ['body.id'], name=op.f('fk_finding_body_id_body')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_finding_inspection_id_inspection')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_finding_submission_id_submission')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_finding_unit_id_unit')),
    sa.PrimaryKeyConstraint('serial', name=op.f('pk_finding')),
    sa.UniqueConstraint('code', name=op.f('uq_finding_code')),
    sa.UniqueConstraint('id', name=op.f('uq_finding_id')),
    sa.UniqueConstraint('inspection_id', 'criterion', name=op.f('uq_finding_inspection_id_criterion'))
    )
    op.create_index('ix_finding_by_criterion', 'finding', ['criterion', 'unit_id', 'day', 'state', 'kind', 'criterion_group', 'severity', 'cause', 'repeat', 'placed_id', 'n', 'n_of', 'month'], unique=False)
    op.create_index('ix_finding_by_unit', 'finding', ['unit_id', 'placed_id', 'day', 'state', 'kind', 'criterion', 'criterion_group', 'severity', 'cause', 'repeat', 'n', 'n_of', 'month', 'inspection_id'], unique=False)
    op.create_index('ix_finding_by_visit', 'finding', ['inspection_id', 'state', 'criterion_group', 'cause', 'severity', 'criterion', 'kind', 'day', 'unit_id', 'placed_id', 'repeat', 'n', 'n_of', 'month'], unique=False)
    op.create_index('ix_finding_list', 'finding', ['day', 'code', 'state', 'unit_id', 'placed_id', 'kind', 'criterion', 'criterion_group', 'severity', 'cause', 'repeat', 'n', 'n_of', 'month'], unique=False)
    op.create_table('finding_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.String(length=36), nullable=False),
    sa.Column('at', inspect_app.storage.base.Utc(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('event', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_finding_event_finding_id_finding')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding_event'))
    )
    op.create_index(op.f('ix_finding_event_finding_id'), 'finding_event', ['finding_id'], unique=False)
    for table in GROW_ONLY_TABLES:
        for statement in grow_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
    for statements in tally_statements(op.get_bind().dialect.name).values():
        for statement in statements:
            op.execute(statement)
    for statement in text_index_statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f('ix_finding_event_finding_id'), table_name='finding_event')
    op.drop_table('finding_event')
    op.drop_index('ix_finding_list', table_name='finding')
    op.drop_index('ix_finding_by_visit', table_name='finding')
    op.drop_index('ix_finding_by_unit', table_name='finding')
    op.drop_index('ix_finding_by_criterion', table_name='finding')
    op.drop_table('finding')
    op.execute("DROP TABLE IF EXISTS finding_text")
    op.drop_index('ix_submission_status_received_at', table_name='submission')
    op.drop_index(op.f('ix_submission_inspection_id'), table_name='submission')
    op.drop_index(op.f('ix_submission_code'), table_name='submission')
    op.drop_table('submission')
    op.drop_index(op.f('ix_inspection_member_person_id'), table_name='inspection_member')
    op.drop_table('inspection_member')
    op.drop_index(op.f('ix_inspection_event_inspection_id'), table_name='inspection_event')
    op.drop_table('inspection_event')
    op.drop_table('draft')
    op.drop_table('team_member')
    op.drop_index(op.f('ix_inspection_unit_id'), table_name='inspection')
    op.drop_index('ix_inspection_state_kind', table_name='inspection')
    op.drop_index('ix_inspection_counted', table_name='inspection')
    op.drop_index(op.f('ix_inspection_campaign_id'), table_name='inspection')
    op.drop_table('inspection')
    op.drop_index(op.f('ix_team_campaign_id'), table_name='team')
    op.drop_table('team')
    op.drop_table('succession')
    op.drop_index('ix_photo_sha256', table_name='photo')
    op.drop_table('photo')
    op.drop_table('person_area')
    op.drop_index(op.f('ix_device_key_person_id'), table_name='device_key')
    op.drop_table('device_key')
    op.drop_table('checklist_version')
    op.drop_table('campaign')
    op.drop_index('ix_body_unit_id_search_key', table_name='body')
    op.drop_table('body')
    op.drop_index(op.f('ix_activation_person_id'), table_name='activation')
    op.drop_table('activation')
    op.drop_index(op.f('ix_unit_search_key'), table_name='unit')
    op.drop_table('unit')
    op.drop_table('throttle')
    op.drop_table('submission_document')
    op.drop_table('series')
    op.drop_table('person')
    op.drop_table('law')
    op.drop_table('finding_tally')
    op.drop_index(op.f('ix_ended_session_ends_at'), table_name='ended_session')
    op.drop_table('ended_session')
    op.drop_table('edition')
    op.drop_table('checklist')
    op.drop_table('blob')
    op.drop_index('ix_audit_subject_subject_id', table_name='audit')
    op.drop_index(op.f('ix_audit_at'), table_name='audit')
    op.drop_table('audit')
    if op.get_bind().dialect.name == "postgresql":
        for table in GROW_ONLY_TABLES:
            op.execute(f"DROP FUNCTION {table}_only_grows()")
        for table in TABLES:
            op.execute(f"DROP FUNCTION {table}_tallied()")
