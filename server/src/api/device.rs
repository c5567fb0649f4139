//! What an app without a server of its own does for its one user.

use std::sync::Arc;

use poem::{Request, web::Data};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    Channel,
    bindings::{Binding, NewBinding},
    body::Body,
    devices::{DeviceBinding, DeviceConfig},
    page::Page,
    problem::{ApiProblem, FieldError},
};

use super::{
    Noun,
    answers::{Gone, Stored},
    bindings::Wire,
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::device::{OfDevice, ground_of},
    app::App,
    domain::{bindings, devices},
    store::bindings::BindingFilter,
};

pub struct Devices;

#[OpenApi(tag = "Noun::Devices")]
impl Devices {
    /// Show what is on offer
    ///
    /// Which channels this device can register for: those with a provider, and `websocket`.
    ///
    /// Scope: none; a device's token.
    #[oai(path = "/device/config", method = "get", operation_id = "getDeviceConfig")]
    async fn config(&self, device: OfDevice, app: Data<&Arc<App>>) -> Result<Json<DeviceConfig>, ApiProblem> {
        let channels = devices::channels(&app.ground, device.workspace).await?;
        Ok(Json(DeviceConfig { channels, vapid_public_key: None }))
    }

    /// Register this device
    ///
    /// For the user of the token: makes a binding (201), or updates the one of this device and channel (200). An address
    /// that another user had moves to this one, and stops ringing for the other; another user's device of the same id is
    /// left alone. Codes of 422: `validation_failed`, `no_provider`,
    /// `kind_not_supported`. 409: `quota_reached`.
    ///
    /// Scope: none; a device's token.
    #[oai(path = "/device/bindings/:device_id", method = "put", operation_id = "putDeviceBinding")]
    async fn put(
        &self,
        device: OfDevice,
        app: Data<&Arc<App>>,
        request: &Request,
        device_id: Path<String>,
        body: Body<DeviceBinding>,
    ) -> Result<Stored<Binding>, ApiProblem> {
        let DeviceBinding { channel, address, keys, provider_id, environment, tags, expires_at, shared } =
            body.0;
        if matches!(channel, Channel::Websocket | Channel::Webhook) {
            let detail = "must be one of fcm, apns, apns_voip, webpush, hms; for a websocket, connect";
            return Err(ApiProblem::invalid(vec![FieldError::new("/channel", detail)]));
        }
        let binding = NewBinding {
            account_sid: device.account_sid.clone(),
            identity: device.identity.clone(),
            channel,
            address: Some(address),
            keys,
            provider_id,
            environment,
            device_id: Some(device_id.0),
            tags,
            expires_at,
            shared,
        };
        let ground = ground_of(&app, request, &device);
        let registered = bindings::register_own(&ground, device.workspace, binding).await?;
        let wire = Wire::new(&app, device.workspace).await?.of(registered.binding);
        Ok(match registered.created {
            true => Stored::Created(Json(wire)),
            false => Stored::Updated(Json(wire)),
        })
    }

    /// List this user's devices
    ///
    /// In the order of making.
    ///
    /// Scope: none; a device's token.
    #[oai(path = "/device/bindings", method = "get", operation_id = "listDeviceBindings")]
    async fn list(
        &self,
        device: OfDevice,
        app: Data<&Arc<App>>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Binding>>, ApiProblem> {
        let limit = limit.0.get()?;
        let after = paging::id("cursor", cursor.0.as_ref())?;
        let filter = BindingFilter {
            account_sid: Some(device.account_sid.clone()),
            identity: Some(device.identity.clone()),
            ..BindingFilter::default()
        };
        let found =
            bindings::list(&app.ground, device.workspace, filter, None, after, one_more(limit)).await?;
        let wire = Wire::new(&app, device.workspace).await?;
        Ok(Json(page(found, limit, |row| row.id.to_string(), |row| wire.of(row))))
    }

    /// Forget a device
    ///
    /// Deletes this user's bindings of this device id, on every channel.
    ///
    /// Scope: none; a device's token.
    #[oai(path = "/device/bindings/:device_id", method = "delete", operation_id = "deleteDeviceBinding")]
    async fn delete(
        &self,
        device: OfDevice,
        app: Data<&Arc<App>>,
        request: &Request,
        device_id: Path<String>,
    ) -> Result<Gone, ApiProblem> {
        let ground = ground_of(&app, request, &device);
        let (sid, identity) = (device.account_sid.clone(), device.identity.clone());
        bindings::delete_own(&ground, device.workspace, sid, identity, device_id.0).await?;
        Ok(Gone::Gone)
    }
}
