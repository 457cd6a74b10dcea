-- What was seized and then sold: its proceeds stand in the ledger of the case (涉案财物拍卖、变卖价款), apart from what the bank collects.
alter table money_voucher drop constraint money_voucher_kind_check;
alter table money_voucher add constraint money_voucher_kind_check check (kind in
  ('obligation', 'instalment', 'surcharge', 'receipt', 'cash', 'handed_in', 'banked', 'overpaid', 'refund', 'refunded', 'counter', 'auction'));
alter table money_posting drop constraint money_posting_account_check;
alter table money_posting add constraint money_posting_account_check check (account in
  ('fine', 'instalment', 'confiscation', 'surcharge', 'decided_fine', 'decided_confiscation', 'decided_surcharge',
   'bank', 'cash', 'office', 'overpaid', 'refund', 'escrow', 'proceeds'));
