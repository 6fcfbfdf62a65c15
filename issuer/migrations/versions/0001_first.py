"""Centres and their keys, class lists, and the record of intents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table('centre',
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('did', sa.String(length=255), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_km', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('number_prefix', sa.String(length=8), nullable=False),
    sa.Column('next_number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('slug'),
    sa.UniqueConstraint('did'),
    sa.UniqueConstraint('number_prefix')
    )
    op.create_table('centre_key',
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('centre_slug', sa.String(length=64), nullable=False),
    sa.Column('public_key_multibase', sa.String(length=80), nullable=False),
    sa.Column('valid_from', sa.String(length=32), nullable=False),
    sa.Column('valid_until', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('key_id')
    )
    op.create_index(op.f('ix_centre_key_centre_slug'), 'centre_key', ['centre_slug'], unique=False)
    op.create_table('class_list',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('centre_slug', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('filename', sa.Text(), nullable=False),
    sa.Column('original', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_by', sa.String(length=64), nullable=False),
    sa.Column('uploaded_at', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('problems', sa.Text(), nullable=False),
    sa.Column('not_passed', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_class_list_centre_slug'), 'class_list', ['centre_slug'], unique=False)
    op.create_table('class_row',
    sa.Column('class_id', sa.String(length=40), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('rld_number', sa.String(length=40), nullable=False),
    sa.Column('holder_name_km', sa.Text(), nullable=False),
    sa.Column('holder_name_latin', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('award_key', sa.String(length=64), nullable=False),
    sa.Column('certificate_number', sa.String(length=60), nullable=True),
    sa.Column('dataset', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('class_id', 'row')
    )
    op.create_table('issuance',
    sa.Column('intent_id', sa.String(length=60), nullable=False),
    sa.Column('class_id', sa.String(length=40), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('centre_slug', sa.String(length=64), nullable=False),
    sa.Column('credential_id', sa.String(length=60), nullable=False),
    sa.Column('award_key', sa.String(length=64), nullable=False),
    sa.Column('certificate_number', sa.String(length=60), nullable=False),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('rld_number', sa.String(length=40), nullable=False),
    sa.Column('dataset', sa.Text(), nullable=False),
    sa.Column('cryptosuite', sa.String(length=40), nullable=False),
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('created', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=True),
    sa.Column('proof_config', sa.LargeBinary(), nullable=True),
    sa.Column('secured', sa.LargeBinary(), nullable=True),
    sa.Column('issued_at', sa.String(length=32), nullable=True),
    sa.Column('delivered_at', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('intent_id'),
    sa.UniqueConstraint('award_key'),
    sa.UniqueConstraint('centre_slug', 'certificate_number'),
    sa.UniqueConstraint('class_id', 'row'),
    sa.UniqueConstraint('code'),
    sa.UniqueConstraint('credential_id'),
    sa.UniqueConstraint('token')
    )
    op.create_index(op.f('ix_issuance_class_id'), 'issuance', ['class_id'], unique=False)
    op.create_index(op.f('ix_issuance_rld_number'), 'issuance', ['rld_number'], unique=False)
    op.create_index(op.f('ix_issuance_state'), 'issuance', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table("issuance")
    op.drop_table("class_row")
    op.drop_table("class_list")
    op.drop_table("centre_key")
    op.drop_table("centre")
