//! The URL map on one page. One registration serves and documents.
//!
//! Collections are scopes, whose prefix is one comparison: a request does not try the patterns of all the others.

use utoipa_actix_web::{scope::scope, service_config::ServiceConfig};

use crate::handlers::{
    audit_log, auth,
    campaigns::{self, public as public_campaigns, recipients, report as campaign_report, steps as campaign_steps, worklist},
    categories, clients, contact_policy,
    coupons::{self, batches},
    customers::{self, addresses, cards, consents, events as customer_events, points, referrals, relations},
    feedback::{self, outcome, steps as feedback_steps},
    feedback_reports, imports, message_events, messages, operations,
    orders::{self, payments, steps},
    points_programme, product_reviews, products, scoring_runs,
    segments::{self, snapshots},
    service_targets, suppressions,
    surveys::{self, invitations, public as public_surveys, responses},
    users, value_models, value_scores,
};

/// Every endpoint.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(scope("/v1/customers").configure(of_customers))
        .service(scope("/v1/orders").configure(of_orders))
        .service(scope("/v1/feedback").configure(of_feedback))
        .service(outcome::get_outcome_question)
        .service(outcome::answer_outcome_question)
        .service(scope("/v1/products").configure(of_products))
        .service(scope("/v1/categories").configure(of_categories))
        .service(value_scores::list_value_scores)
        .service(value_scores::preview_value_scores)
        .service(scope("/v1/value-models").configure(of_value_models))
        .service(scope("/v1/scoring-runs").configure(of_scoring_runs))
        .service(scope("/v1/service-targets").configure(of_service_targets))
        .service(feedback_reports::get_feedback_report)
        .service(scope("/v1/segments").configure(of_segments))
        .service(scope("/v1/points-programme").configure(of_points_programme))
        .service(scope("/v1/surveys").configure(of_surveys))
        .service(public_surveys::get_public_survey)
        .service(public_surveys::answer_public_survey)
        .service(scope("/v1/campaigns").configure(of_campaigns))
        .service(public_campaigns::get_unsubscribe_page)
        .service(public_campaigns::unsubscribe)
        .service(public_campaigns::get_message_image)
        .service(public_campaigns::follow_message_link)
        .service(scope("/v1/contact-policy").configure(of_contact_policy))
        .service(scope("/v1/suppressions").configure(of_suppressions))
        .service(scope("/v1/coupon-batches").configure(of_coupon_batches))
        .service(scope("/v1/coupons").configure(of_coupons))
        .service(scope("/v1/imports").configure(of_imports))
        .service(scope("/v1/messages").configure(of_messages))
        .service(message_events::tell_message_events)
        .service(payments::notify_payment)
        .service(auth::create_token)
        .service(auth::revoke_token)
        .service(auth::list_signing_keys)
        .service(scope("/v1/users").configure(of_users))
        .service(scope("/v1/clients").configure(of_clients))
        .service(audit_log::list_audit_log)
        .service(operations::get_health)
        .service(operations::get_readiness)
        .service(operations::get_metrics)
        .service(operations::get_openapi);
}

fn of_customers(config: &mut ServiceConfig<'_>) {
    config
        .service(customers::list_customers)
        .service(customers::create_customer)
        .service(customers::batch_customers)
        .service(customers::lookup_customer)
        .service(customers::get_customer_by_ref)
        .service(customers::put_customer_by_ref)
        .service(customers::get_customer)
        .service(customers::update_customer)
        .service(value_scores::get_customer_value_score)
        .service(value_scores::list_customer_value_history)
        .service(feedback::list_customer_feedback)
        .service(customer_events::list_customer_events)
        .service(points::list_customer_points)
        .service(points::adjust_customer_points)
        .service(points::spend_customer_points)
        .service(coupons::list_customer_coupons)
        .service(referrals::get_referral_code)
        .service(referrals::make_referral_code)
        .service(referrals::refer_customer)
        .service(referrals::get_referral)
        .service(referrals::list_referrals)
        .service(cards::list_cards)
        .service(cards::create_card)
        .service(cards::get_card)
        .service(cards::update_card)
        .service(cards::replace_card)
        .service(relations::list_relations)
        .service(relations::create_relation)
        .service(relations::get_relation)
        .service(relations::update_relation)
        .service(relations::delete_relation)
        .service(addresses::list_addresses)
        .service(addresses::create_address)
        .service(addresses::get_address)
        .service(addresses::update_address)
        .service(addresses::delete_address)
        .service(consents::list_consents)
        .service(consents::list_consent_events)
        .service(consents::get_consent)
        .service(consents::put_consent);
}

fn of_orders(config: &mut ServiceConfig<'_>) {
    config
        .service(orders::list_orders)
        .service(orders::create_order)
        .service(orders::batch_orders)
        .service(orders::get_order_by_ref)
        .service(orders::put_order_by_ref)
        .service(orders::get_order)
        .service(orders::update_order)
        .service(orders::update_order_line)
        .service(steps::pay_order)
        .service(steps::fulfil_order)
        .service(steps::complete_order)
        .service(steps::cancel_order)
        .service(steps::refund_order);
}

fn of_feedback(config: &mut ServiceConfig<'_>) {
    config
        .service(feedback::list_feedback)
        .service(feedback::create_feedback)
        .service(feedback::batch_feedback)
        .service(feedback::get_feedback_by_ref)
        .service(feedback::put_feedback_by_ref)
        .service(feedback::get_feedback)
        .service(feedback::update_feedback)
        .service(feedback_steps::assign_feedback)
        .service(feedback_steps::start_feedback)
        .service(feedback_steps::act_on_feedback)
        .service(feedback_steps::pause_feedback)
        .service(feedback_steps::resume_feedback)
        .service(outcome::resolve_feedback)
        .service(outcome::record_feedback_outcome)
        .service(feedback_steps::close_feedback)
        .service(feedback_steps::reopen_feedback);
}

fn of_products(config: &mut ServiceConfig<'_>) {
    config
        .service(products::list_products)
        .service(products::create_product)
        .service(products::batch_products)
        .service(products::get_product_by_ref)
        .service(products::put_product_by_ref)
        .service(products::get_product)
        .service(products::update_product)
        .service(product_reviews::list_product_reviews);
}

fn of_categories(config: &mut ServiceConfig<'_>) {
    config
        .service(categories::list_categories)
        .service(categories::create_category)
        .service(categories::batch_categories)
        .service(categories::get_category_by_ref)
        .service(categories::put_category_by_ref)
        .service(categories::get_category)
        .service(categories::update_category)
        .service(categories::delete_category);
}

fn of_value_models(config: &mut ServiceConfig<'_>) {
    config
        .service(value_models::list_value_models)
        .service(value_models::create_value_model)
        .service(value_models::get_value_model)
        .service(value_models::activate_value_model);
}

fn of_scoring_runs(config: &mut ServiceConfig<'_>) {
    config.service(scoring_runs::list_scoring_runs).service(scoring_runs::create_scoring_run).service(scoring_runs::get_scoring_run);
}

fn of_service_targets(config: &mut ServiceConfig<'_>) {
    config.service(service_targets::get_service_targets).service(service_targets::put_service_targets);
}

fn of_segments(config: &mut ServiceConfig<'_>) {
    config
        .service(segments::list_segments)
        .service(segments::create_segment)
        .service(segments::preview_segment_definition)
        .service(segments::get_segment)
        .service(segments::update_segment)
        .service(segments::delete_segment)
        .service(segments::preview_segment)
        .service(segments::list_segment_members)
        .service(segments::explain_segment)
        .service(snapshots::list_segment_snapshots)
        .service(snapshots::create_segment_snapshot)
        .service(snapshots::get_segment_snapshot)
        .service(snapshots::delete_segment_snapshot)
        .service(snapshots::list_segment_snapshot_members)
        .service(snapshots::list_segment_changes);
}

fn of_points_programme(config: &mut ServiceConfig<'_>) {
    config.service(points_programme::get_points_programme).service(points_programme::put_points_programme);
}

fn of_surveys(config: &mut ServiceConfig<'_>) {
    config
        .service(surveys::list_surveys)
        .service(surveys::create_survey)
        .service(surveys::get_survey)
        .service(surveys::update_survey)
        .service(surveys::open_survey)
        .service(surveys::close_survey)
        .service(surveys::get_survey_results)
        .service(invitations::list_survey_invitations)
        .service(invitations::create_survey_invitations)
        .service(responses::list_survey_responses)
        .service(responses::create_survey_response)
        .service(responses::get_survey_response);
}

fn of_campaigns(config: &mut ServiceConfig<'_>) {
    config
        .service(campaigns::list_campaigns)
        .service(campaigns::create_campaign)
        .service(campaigns::get_campaign)
        .service(campaigns::update_campaign)
        .service(campaigns::preview_campaign)
        .service(campaign_steps::launch_campaign)
        .service(campaign_steps::pause_campaign)
        .service(campaign_steps::resume_campaign)
        .service(campaign_steps::cancel_campaign)
        .service(recipients::list_campaign_messages)
        .service(recipients::get_campaign_progress)
        .service(worklist::list_campaign_worklist)
        .service(worklist::report_campaign_contact)
        .service(campaign_report::get_campaign_report);
}

fn of_contact_policy(config: &mut ServiceConfig<'_>) {
    config.service(contact_policy::get_contact_policy).service(contact_policy::put_contact_policy);
}

fn of_suppressions(config: &mut ServiceConfig<'_>) {
    config
        .service(suppressions::list_suppressions)
        .service(suppressions::create_suppression)
        .service(suppressions::get_suppression)
        .service(suppressions::delete_suppression);
}

fn of_coupon_batches(config: &mut ServiceConfig<'_>) {
    config
        .service(batches::list_coupon_batches)
        .service(batches::create_coupon_batch)
        .service(batches::get_coupon_batch)
        .service(batches::update_coupon_batch)
        .service(batches::end_coupon_batch)
        .service(batches::issue_coupons)
        .service(batches::list_batch_coupons)
        .service(batches::list_coupon_redemptions);
}

fn of_coupons(config: &mut ServiceConfig<'_>) {
    config.service(coupons::get_coupon).service(coupons::reserve_coupon).service(coupons::redeem_coupon).service(coupons::release_coupon);
}

fn of_imports(config: &mut ServiceConfig<'_>) {
    config
        .service(imports::list_imports)
        .service(imports::create_import)
        .service(imports::get_import)
        .service(imports::list_import_rejects);
}

fn of_messages(config: &mut ServiceConfig<'_>) {
    config.service(messages::list_messages).service(messages::get_message).service(messages::retry_message);
}

fn of_users(config: &mut ServiceConfig<'_>) {
    config.service(users::list_users).service(users::create_user).service(users::get_user).service(users::update_user);
}

fn of_clients(config: &mut ServiceConfig<'_>) {
    config
        .service(clients::list_clients)
        .service(clients::create_client)
        .service(clients::get_client)
        .service(clients::update_client)
        .service(clients::rotate_client_secret);
}
