-- A pharmacy's program: English names with a prefix, money in fen, times in epoch seconds, comments in Chinese.
-- PostgreSQL; the tests leave comments out for SQLite.
CREATE TABLE yf_store (
  id SERIAL PRIMARY KEY, store_code VARCHAR(20) NOT NULL, store_name VARCHAR(60) NOT NULL, address VARCHAR(200),
  tel VARCHAR(20), license_no VARCHAR(40), status SMALLINT DEFAULT 1);
COMMENT ON TABLE yf_store IS '药店门店表';
COMMENT ON COLUMN yf_store.store_name IS '门店名称';
COMMENT ON COLUMN yf_store.license_no IS '药品经营许可证号';
COMMENT ON COLUMN yf_store.status IS '状态(0 停业, 1 营业)';
CREATE TABLE yf_employee (
  id SERIAL PRIMARY KEY, emp_no VARCHAR(20) NOT NULL, real_name VARCHAR(40) NOT NULL, id_card_no VARCHAR(18),
  mobile VARCHAR(20), store_id INTEGER, post VARCHAR(20), pharmacist_cert VARCHAR(40), pwd_hash VARCHAR(128),
  is_enabled SMALLINT DEFAULT 1);
COMMENT ON TABLE yf_employee IS '员工表';
COMMENT ON COLUMN yf_employee.emp_no IS '工号';
COMMENT ON COLUMN yf_employee.real_name IS '姓名';
COMMENT ON COLUMN yf_employee.post IS '岗位';
COMMENT ON COLUMN yf_employee.pharmacist_cert IS '执业药师证号';
COMMENT ON COLUMN yf_employee.is_enabled IS '是否启用：0否 1是';
CREATE TABLE yf_member (
  id SERIAL PRIMARY KEY, card_no VARCHAR(20) NOT NULL UNIQUE, name VARCHAR(40) NOT NULL, gender SMALLINT,
  birthday DATE, mobile VARCHAR(20), id_card_no VARCHAR(18), addr VARCHAR(200), allergy_history TEXT,
  chronic_disease VARCHAR(200), insurance_no VARCHAR(40), points INTEGER DEFAULT 0, balance BIGINT DEFAULT 0,
  store_id INTEGER, created_at BIGINT, updated_at BIGINT, is_deleted SMALLINT DEFAULT 0);
COMMENT ON TABLE yf_member IS '会员表';
COMMENT ON COLUMN yf_member.card_no IS '会员卡号';
COMMENT ON COLUMN yf_member.gender IS '性别 1=男 2=女 9=未说明';
COMMENT ON COLUMN yf_member.allergy_history IS '过敏史';
COMMENT ON COLUMN yf_member.chronic_disease IS '慢性病，逗号分隔';
COMMENT ON COLUMN yf_member.insurance_no IS '医保卡号';
COMMENT ON COLUMN yf_member.balance IS '储值余额，单位：分';
COMMENT ON COLUMN yf_member.store_id IS '开卡门店';
COMMENT ON COLUMN yf_member.created_at IS '创建时间（时间戳，秒）';
COMMENT ON COLUMN yf_member.is_deleted IS '删除标记，0 正常，1 已删除';
CREATE TABLE yf_drug_category (
  id SERIAL PRIMARY KEY, category_name VARCHAR(40) NOT NULL, parent_id INTEGER DEFAULT 0, sort_no INTEGER);
COMMENT ON TABLE yf_drug_category IS '药品分类';
CREATE TABLE yf_drug (
  id SERIAL PRIMARY KEY, drug_code VARCHAR(20) NOT NULL UNIQUE, common_name VARCHAR(100) NOT NULL,
  trade_name VARCHAR(100), spec VARCHAR(60), dosage_form VARCHAR(20), manufacturer VARCHAR(100),
  approval_no VARCHAR(40), barcode VARCHAR(30), category_id INTEGER, unit VARCHAR(10), retail_price INTEGER NOT NULL,
  member_price INTEGER, purchase_price INTEGER, rx_type SMALLINT, is_insured SMALLINT, image_url VARCHAR(255),
  status SMALLINT DEFAULT 1, created_at BIGINT);
COMMENT ON TABLE yf_drug IS '药品信息表';
COMMENT ON COLUMN yf_drug.drug_code IS '药品编码';
COMMENT ON COLUMN yf_drug.common_name IS '通用名';
COMMENT ON COLUMN yf_drug.trade_name IS '商品名';
COMMENT ON COLUMN yf_drug.spec IS '规格';
COMMENT ON COLUMN yf_drug.dosage_form IS '剂型';
COMMENT ON COLUMN yf_drug.manufacturer IS '生产厂家';
COMMENT ON COLUMN yf_drug.approval_no IS '批准文号';
COMMENT ON COLUMN yf_drug.retail_price IS '零售价(分)';
COMMENT ON COLUMN yf_drug.member_price IS '会员价(分)';
COMMENT ON COLUMN yf_drug.purchase_price IS '进货价(分)';
COMMENT ON COLUMN yf_drug.rx_type IS '处方类型：1-处方药；2-甲类OTC；3-乙类OTC；4-非药品';
COMMENT ON COLUMN yf_drug.is_insured IS '是否医保 1:是 0:否';
COMMENT ON COLUMN yf_drug.status IS '状态 1在售 0停售';
CREATE TABLE yf_drug_batch (
  id SERIAL PRIMARY KEY, drug_id INTEGER NOT NULL, batch_no VARCHAR(40) NOT NULL, produce_date DATE, expire_date DATE,
  supplier_id INTEGER, in_price INTEGER);
COMMENT ON TABLE yf_drug_batch IS '药品批次';
COMMENT ON COLUMN yf_drug_batch.batch_no IS '批号';
COMMENT ON COLUMN yf_drug_batch.produce_date IS '生产日期';
COMMENT ON COLUMN yf_drug_batch.expire_date IS '有效期至';
COMMENT ON COLUMN yf_drug_batch.in_price IS '进价，单位分';
CREATE TABLE yf_supplier (
  id SERIAL PRIMARY KEY, supplier_name VARCHAR(100) NOT NULL, contact VARCHAR(40), contact_phone VARCHAR(20),
  bank_account VARCHAR(40), address VARCHAR(200));
COMMENT ON TABLE yf_supplier IS '供应商';
COMMENT ON COLUMN yf_supplier.contact IS '联系人';
CREATE TABLE yf_purchase (
  id SERIAL PRIMARY KEY, purchase_no VARCHAR(30) NOT NULL, supplier_id INTEGER NOT NULL, store_id INTEGER,
  total_amount BIGINT, purchase_date DATE, status SMALLINT, creator VARCHAR(20), created_at BIGINT);
COMMENT ON TABLE yf_purchase IS '采购单';
COMMENT ON COLUMN yf_purchase.purchase_no IS '采购单号';
COMMENT ON COLUMN yf_purchase.total_amount IS '采购总金额（分）';
COMMENT ON COLUMN yf_purchase.status IS '状态：1草稿、2已审核、3已入库';
CREATE TABLE yf_purchase_item (
  id SERIAL PRIMARY KEY, purchase_id INTEGER NOT NULL, drug_id INTEGER NOT NULL, batch_id INTEGER, qty INTEGER,
  price INTEGER, amount BIGINT);
COMMENT ON TABLE yf_purchase_item IS '采购明细';
COMMENT ON COLUMN yf_purchase_item.price IS '采购单价（分）';
COMMENT ON COLUMN yf_purchase_item.amount IS '金额（分）';
CREATE TABLE yf_inventory (
  id SERIAL PRIMARY KEY, store_id INTEGER NOT NULL, drug_id INTEGER NOT NULL, batch_id INTEGER, stock_qty INTEGER,
  warn_qty INTEGER, updated_at BIGINT);
COMMENT ON TABLE yf_inventory IS '库存表';
COMMENT ON COLUMN yf_inventory.stock_qty IS '库存数量';
COMMENT ON COLUMN yf_inventory.warn_qty IS '预警数量';
CREATE TABLE yf_prescription (
  id SERIAL PRIMARY KEY, rx_no VARCHAR(30) NOT NULL, member_id INTEGER, patient_name VARCHAR(40), patient_age INTEGER,
  hospital VARCHAR(100), doctor_name VARCHAR(40), diagnosis TEXT, rx_image VARCHAR(255), audit_status SMALLINT,
  auditor_id INTEGER, rx_date DATE, created_at BIGINT);
COMMENT ON TABLE yf_prescription IS '处方';
COMMENT ON COLUMN yf_prescription.rx_no IS '处方号';
COMMENT ON COLUMN yf_prescription.patient_name IS '患者姓名';
COMMENT ON COLUMN yf_prescription.patient_age IS '年龄';
COMMENT ON COLUMN yf_prescription.hospital IS '开方医院';
COMMENT ON COLUMN yf_prescription.doctor_name IS '医生姓名';
COMMENT ON COLUMN yf_prescription.diagnosis IS '临床诊断';
COMMENT ON COLUMN yf_prescription.rx_image IS '处方图片';
COMMENT ON COLUMN yf_prescription.audit_status IS '审核状态 0待审核/1通过/2驳回';
COMMENT ON COLUMN yf_prescription.auditor_id IS '审方药师';
COMMENT ON COLUMN yf_prescription.rx_date IS '开方日期';
CREATE TABLE yf_prescription_item (
  id SERIAL PRIMARY KEY, prescription_id INTEGER NOT NULL, drug_id INTEGER NOT NULL, dosage VARCHAR(60),
  usage_way VARCHAR(60), qty INTEGER);
COMMENT ON TABLE yf_prescription_item IS '处方明细';
COMMENT ON COLUMN yf_prescription_item.dosage IS '用量';
COMMENT ON COLUMN yf_prescription_item.usage_way IS '用法';
CREATE TABLE yf_sale_order (
  id SERIAL PRIMARY KEY, order_no VARCHAR(30) NOT NULL UNIQUE, store_id INTEGER NOT NULL, member_id INTEGER,
  prescription_id INTEGER, order_type SMALLINT NOT NULL, total_amount BIGINT NOT NULL, discount_amount BIGINT,
  pay_amount BIGINT NOT NULL, order_status SMALLINT NOT NULL, cashier_id INTEGER, pay_time BIGINT,
  created_at BIGINT NOT NULL, remark VARCHAR(200), is_deleted SMALLINT NOT NULL DEFAULT 0);
CREATE INDEX idx_sale_created ON yf_sale_order (created_at);
COMMENT ON TABLE yf_sale_order IS '销售订单表';
COMMENT ON COLUMN yf_sale_order.order_no IS '订单号';
COMMENT ON COLUMN yf_sale_order.order_type IS '订单类型（1：销售，2：退货，退货金额为负）';
COMMENT ON COLUMN yf_sale_order.total_amount IS '订单总额，单位分';
COMMENT ON COLUMN yf_sale_order.discount_amount IS '优惠金额，单位分';
COMMENT ON COLUMN yf_sale_order.pay_amount IS '实付金额，单位分';
COMMENT ON COLUMN yf_sale_order.order_status IS '订单状态(0 未支付, 1 已支付, 2 已完成, 3 已取消)';
COMMENT ON COLUMN yf_sale_order.cashier_id IS '收银员';
COMMENT ON COLUMN yf_sale_order.pay_time IS '支付时间戳';
COMMENT ON COLUMN yf_sale_order.is_deleted IS '是否删除';
CREATE TABLE yf_sale_item (
  id SERIAL PRIMARY KEY, order_id INTEGER NOT NULL, drug_id INTEGER NOT NULL, batch_id INTEGER, qty INTEGER NOT NULL,
  unit_price INTEGER NOT NULL, amount BIGINT NOT NULL, cost_price INTEGER);
CREATE INDEX idx_item_order ON yf_sale_item (order_id);
COMMENT ON TABLE yf_sale_item IS '销售订单明细';
COMMENT ON COLUMN yf_sale_item.qty IS '数量';
COMMENT ON COLUMN yf_sale_item.unit_price IS '单价(分)';
COMMENT ON COLUMN yf_sale_item.amount IS '小计(分)';
COMMENT ON COLUMN yf_sale_item.cost_price IS '成本价(分)';
CREATE TABLE yf_payment (
  id SERIAL PRIMARY KEY, order_id INTEGER NOT NULL, pay_method VARCHAR(10), amount BIGINT NOT NULL, trade_no VARCHAR(64),
  paid_at BIGINT);
COMMENT ON TABLE yf_payment IS '支付流水';
COMMENT ON COLUMN yf_payment.pay_method IS '支付方式 cash=现金 wx=微信 ali=支付宝 yb=医保';
COMMENT ON COLUMN yf_payment.amount IS '支付金额，分';
COMMENT ON COLUMN yf_payment.trade_no IS '第三方流水号';
CREATE TABLE yf_insurance_settlement (
  id SERIAL PRIMARY KEY, order_id INTEGER NOT NULL, insurance_no VARCHAR(40), insured_name VARCHAR(40),
  fund_pay BIGINT, account_pay BIGINT, self_pay BIGINT, settle_time BIGINT, settle_status SMALLINT);
COMMENT ON TABLE yf_insurance_settlement IS '医保结算';
COMMENT ON COLUMN yf_insurance_settlement.insurance_no IS '医保卡号';
COMMENT ON COLUMN yf_insurance_settlement.insured_name IS '参保人姓名';
COMMENT ON COLUMN yf_insurance_settlement.fund_pay IS '统筹支付(分)';
COMMENT ON COLUMN yf_insurance_settlement.account_pay IS '个人账户支付(分)';
COMMENT ON COLUMN yf_insurance_settlement.self_pay IS '个人自付(分)';
COMMENT ON COLUMN yf_insurance_settlement.settle_time IS '结算时间';
COMMENT ON COLUMN yf_insurance_settlement.settle_status IS '结算状态 0:失败 1:成功 2:已冲正';
CREATE TABLE yf_expense (
  id SERIAL PRIMARY KEY, store_id INTEGER, expense_type VARCHAR(20), amount BIGINT NOT NULL, expense_date DATE NOT NULL,
  remark VARCHAR(200), created_by VARCHAR(20));
COMMENT ON TABLE yf_expense IS '费用支出';
COMMENT ON COLUMN yf_expense.expense_type IS '费用类型';
COMMENT ON COLUMN yf_expense.amount IS '费用金额（分）';
INSERT INTO yf_store VALUES (1,'S01','人民路店','人民路 8 号','021-50000001','沪DA0210001',1);
INSERT INTO yf_store VALUES (2,'S02','中山路店','中山路 66 号','021-50000002','沪DA0210002',1);
INSERT INTO yf_employee VALUES (1,'E001','周药师','310100198501010011','13700000001',1,'药师','ZY310001','$2b$12$abc',1);
INSERT INTO yf_employee VALUES (2,'E002','吴店员','310100199601010022','13700000002',2,'店员',NULL,'$2b$12$def',1);
INSERT INTO yf_member VALUES (1,'M0001','郑大伯',1,'1955-03-02','13600000001','310100195503020013','南京西路 1 弄','青霉素过敏','高血压,糖尿病','YB310001',320,15000,1,1672531200,1672531200,0);
INSERT INTO yf_member VALUES (2,'M0002','冯阿姨',2,'1960-07-21','13600000002',NULL,'延安中路 2 弄',NULL,'高血压','YB310002',90,0,2,1675209600,1675209600,0);
INSERT INTO yf_member VALUES (3,'M0003','卫先生',9,NULL,'13600000003',NULL,NULL,NULL,NULL,NULL,0,0,1,1677628800,1677628800,1);
INSERT INTO yf_drug_category VALUES (1,'心血管用药',0,1);
INSERT INTO yf_drug_category VALUES (2,'感冒用药',0,2);
INSERT INTO yf_drug VALUES (1,'D001','苯磺酸氨氯地平片','络活喜','5mg*28片','片剂','某某制药','国药准字H10950224','6910000000011',1,'盒',3980,3880,3000,1,1,'https://img.example.cn/d/1.jpg',1,1672531200);
INSERT INTO yf_drug VALUES (2,'D002','复方氨酚烷胺胶囊','感康','12粒','胶囊','某某药业','国药准字H22026193','6910000000028',2,'盒',1580,1480,900,2,0,'https://img.example.cn/d/2.jpg',1,1672531200);
INSERT INTO yf_drug VALUES (3,'D003','医用外科口罩',NULL,'10只','其他','某某器械',NULL,'6910000000035',2,'包',990,990,300,4,0,NULL,1,1672531200);
INSERT INTO yf_drug_batch VALUES (1,1,'20221001','2022-10-01','2025-09-30',1,3000);
INSERT INTO yf_drug_batch VALUES (2,2,'20221105','2022-11-05','2024-11-04',1,900);
INSERT INTO yf_drug_batch VALUES (3,3,'20230101','2023-01-01','2026-01-01',2,300);
INSERT INTO yf_supplier VALUES (1,'华东医药批发有限公司','褚经理','13500000001','6222000000000000001','杨浦区 1 号');
INSERT INTO yf_supplier VALUES (2,'申城器械有限公司','卫经理','13500000002','6222000000000000002','闵行区 2 号');
INSERT INTO yf_purchase VALUES (1,'CG20230101',1,1,390000,'2023-01-01',3,'E001',1672534800);
INSERT INTO yf_purchase_item VALUES (1,1,1,1,100,3000,300000);
INSERT INTO yf_purchase_item VALUES (2,1,2,2,100,900,90000);
INSERT INTO yf_inventory VALUES (1,1,1,1,95,10,1680000000);
INSERT INTO yf_inventory VALUES (2,1,2,2,88,20,1680000000);
INSERT INTO yf_inventory VALUES (3,2,3,3,200,50,1680000000);
INSERT INTO yf_prescription VALUES (1,'RX20230105',1,'郑大伯',67,'市一医院','蒋医生','原发性高血压','https://img.example.cn/rx/1.jpg',1,1,'2023-01-05',1672884000);
INSERT INTO yf_prescription_item VALUES (1,1,1,'5mg','口服 每日一次',2);
INSERT INTO yf_sale_order VALUES (1,'SO20230105001',1,1,1,1,7960,200,7760,2,1,1672884600,1672884300,NULL,0);
INSERT INTO yf_sale_order VALUES (2,'SO20230201001',2,2,NULL,1,1580,100,1480,1,2,1675224000,1675223900,NULL,0);
INSERT INTO yf_sale_order VALUES (3,'SO20230202001',2,NULL,NULL,1,990,0,990,3,2,NULL,1675310400,'取消',0);
INSERT INTO yf_sale_order VALUES (4,'SO20230210001',2,2,NULL,2,-1480,0,-1480,2,2,1676001600,1676001500,'退货',0);
INSERT INTO yf_sale_order VALUES (5,'SO20230301001',1,1,NULL,1,2970,0,2970,2,1,1677650000,1677649900,NULL,0);
INSERT INTO yf_sale_order VALUES (6,'SO20230302001',1,NULL,NULL,1,990,0,990,2,1,1677740000,1677739900,'测试',1);
INSERT INTO yf_sale_order VALUES (7,'SO20230303001',1,1,NULL,1,1580,0,1580,0,1,NULL,1677830000,NULL,0);
INSERT INTO yf_sale_item VALUES (1,1,1,1,2,3880,7760,3000);
INSERT INTO yf_sale_item VALUES (2,2,2,2,1,1480,1480,900);
INSERT INTO yf_sale_item VALUES (3,3,3,3,1,990,990,300);
INSERT INTO yf_sale_item VALUES (4,4,2,2,-1,1480,-1480,900);
INSERT INTO yf_sale_item VALUES (5,5,3,3,3,990,2970,300);
INSERT INTO yf_sale_item VALUES (6,6,3,3,1,990,990,300);
INSERT INTO yf_sale_item VALUES (7,7,2,2,1,1580,1580,900);
INSERT INTO yf_payment VALUES (1,1,'yb',7760,NULL,1672884600);
INSERT INTO yf_payment VALUES (2,2,'wx',1480,'420000001',1675224000);
INSERT INTO yf_payment VALUES (3,4,'wx',-1480,'420000002',1676001600);
INSERT INTO yf_payment VALUES (4,5,'cash',2970,NULL,1677650000);
INSERT INTO yf_insurance_settlement VALUES (1,1,'YB310001','郑大伯',5000,2000,760,1672884600,1);
INSERT INTO yf_expense VALUES (1,1,'房租',1500000,'2023-01-01',NULL,'E001');
INSERT INTO yf_expense VALUES (2,1,'水电',86050,'2023-01-31','1 月','E001');
